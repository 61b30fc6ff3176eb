package scheduling

import (
	"fmt"
	"strings"
	"time"

	"github.com/gannetmail/gannet/calendar"
)

// maxTold is how many times that are taken a text names.
const maxTold = 10

// takenText tells when a resource is taken. By whom and for what is nobody's business.
func takenText(list []wish) string {
	var b strings.Builder
	b.WriteString("It is taken already:")
	for i, w := range list {
		if i == maxTold {
			fmt.Fprintf(&b, "\nand %d more", len(list)-maxTold)
			break
		}
		b.WriteString("\n" + timeText(w.Occurrence))
	}
	return b.String()
}

// timeText tells the time of an occurrence in its own zone.
func timeText(oc calendar.Occurrence) string {
	a, b := oc.Zone.Wall(oc.Start), oc.Zone.Wall(oc.End)
	switch {
	case oc.AllDay && b.Sub(a) <= 25*time.Hour:
		return a.Format(dayForm)
	case oc.AllDay:
		return a.Format(dayForm) + " to " + b.AddDate(0, 0, -1).Format(dayForm)
	}
	text := a.Format(dayForm+", "+clockForm) + " to "
	if a.Format(dayForm) != b.Format(dayForm) {
		text += b.Format(dayForm + ", ")
	}
	return text + b.Format(clockForm) + " (" + zoneLabel(oc.Zone, oc.Start) + ")"
}

// span tells how long something is.
func span(d time.Duration) string {
	switch minutes := int(d.Minutes()); {
	case minutes%(24*60) == 0:
		return plural(minutes/(24*60), "day")
	case minutes%60 == 0:
		return plural(minutes/60, "hour")
	default:
		return plural(minutes, "minute")
	}
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}
