package scheduling

import (
	"fmt"
	"strings"
	"time"

	"github.com/gannetmail/gannet/calendar"
)

const (
	maxParts       = 20       // occurrences that a text tells of one by one
	maxNames       = 50       // attendees that it names
	maxDescription = 32 << 10 // bytes of what the meeting says of itself
)

// Text is what a person reads whose program knows nothing of meetings, in English.
func (l Letter) Text() string {
	var b strings.Builder
	c := l.first()
	b.WriteString(l.opening(c))
	b.WriteString("\n")
	if comment := strings.TrimSpace(lines(c.Text("COMMENT"))); comment != "" {
		b.WriteString("\n" + firstBytes(comment, maxDescription) + "\n")
	}
	n := 0
	for part := range l.Object.Components() {
		if n++; n > maxParts {
			b.WriteString("\nand more\n")
			break
		}
		l.part(&b, part)
	}
	if text, _ := c.Description(); l.Method == "REQUEST" || l.Method == "ADD" {
		if text = strings.TrimSpace(lines(text)); text != "" {
			b.WriteString("\n" + firstBytes(text, maxDescription) + "\n")
		}
	}
	return b.String()
}

// sentences begin a text, by method; %s is who writes.
var sentences = map[string]string{
	"CANCEL": "%s has cancelled:", "ADD": "%s invites you to a further date:", "COUNTER": "%s proposes another time:",
	"DECLINECOUNTER": "%s keeps to the time that was set:", "REFRESH": "%s asks to be sent this again:", "PUBLISH": "%s tells you of:",
}

// answered begin the text of an answer.
var answered = map[string]string{
	"ACCEPTED": "%s has accepted:", "TENTATIVE": "%s has accepted tentatively:", "DECLINED": "%s has declined:",
	"DELEGATED": "%s sends somebody else to:",
}

func (l Letter) opening(c *calendar.Component) string {
	who := oneLine(l.From.Name)
	if who == "" {
		who = l.From.Addr()
	}
	sentence := sentences[l.Method]
	switch l.Method {
	case "REQUEST":
		sentence = "%s invites you to:"
		if c.Sequence() > 0 {
			sentence = "%s has changed:"
		}
	case "REPLY":
		sentence = "%s has answered:"
		for _, a := range c.Attendees() {
			if s := answered[a.Status]; s != "" {
				sentence = s
				break
			}
		}
	}
	if sentence == "" {
		sentence = "%s writes about:"
	}
	return fmt.Sprintf(sentence, who)
}

// part tells of the whole or of one occurrence.
func (l Letter) part(b *strings.Builder, c *calendar.Component) {
	row := func(label, value string) {
		if value != "" {
			fmt.Fprintf(b, "%-12s%s\n", label+":", value)
		}
	}
	b.WriteString("\n")
	title := oneLine(c.Summary())
	if title == "" {
		title = untitled
	}
	row("What", firstBytes(title, maxSubject))
	row("When", When(l.Object, c, l.Zone))
	if rule, err := c.Rule(); err == nil && rule != nil {
		row("Repeats", repeats(rule))
	}
	row("Where", firstBytes(oneLine(c.Location()), maxSubject))
	for _, link := range c.Conferences()[:min(len(c.Conferences()), 3)] {
		row("Online", firstBytes(oneLine(link), 2000))
	}
	if who, ok := c.Organizer(); ok {
		row("Organizer", nameOf(who))
	}
	if l.Method == "REQUEST" || l.Method == "ADD" {
		row("Invited", names(c.Attendees()))
	}
}

// names lists people.
func names(list []calendar.Participant) string {
	var words []string
	for _, who := range list {
		if len(words) == maxNames {
			words = append(words, fmt.Sprintf("and %d more", len(list)-maxNames))
			break
		}
		words = append(words, nameOf(who))
	}
	return strings.Join(words, ", ")
}

func nameOf(who calendar.Participant) string {
	if name := firstBytes(oneLine(who.Name), 200); name != "" {
		return name
	}
	return who.Address
}

// lines makes line feeds of all ends of lines.
func lines(s string) string { return strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s) }

// When tells in English when a component takes place, in its own zone; usual is the zone of times that have none, nil:
// UTC. It is empty if that cannot be told.
func When(o *calendar.Object, c *calendar.Component, usual *calendar.Zone) string {
	start, end := c.Start(), c.End()
	if start.IsZero() {
		return ""
	}
	if start.Form == calendar.Date {
		last := end.Wall.AddDate(0, 0, -1)
		if end.IsZero() || !last.After(start.Wall) {
			return start.Wall.Format(dayForm)
		}
		return start.Wall.Format(dayForm) + " to " + last.Format(dayForm)
	}
	from, zone, err := o.Resolve(start, usual)
	if err != nil {
		return ""
	}
	if zone == nil {
		zone = usual
	}
	to := from.Add(c.Duration())
	if !end.IsZero() {
		if at, _, err := o.Resolve(end, usual); err == nil {
			to = at
		}
	}
	a, b := zone.Wall(from), zone.Wall(to)
	text := a.Format(dayForm + ", " + clockForm)
	switch {
	case !to.After(from):
	case a.Format(dayForm) == b.Format(dayForm):
		text += " to " + b.Format(clockForm)
	default:
		text += " to " + b.Format(dayForm+", "+clockForm)
	}
	return text + " (" + zoneLabel(zone, from) + ")"
}

const (
	dayForm   = "Monday, 2 January 2006"
	clockForm = "15:04"
)

// zoneLabel names a zone as people know it.
func zoneLabel(z *calendar.Zone, at time.Time) string {
	if z == nil {
		return "UTC"
	}
	if name := z.IANA(); name != "" {
		return name
	}
	ahead := z.Wall(at).Sub(at.UTC())
	sign := '+'
	if ahead < 0 {
		sign, ahead = '-', -ahead
	}
	return fmt.Sprintf("UTC%c%02d:%02d", sign, int(ahead.Hours()), int(ahead.Minutes())%60)
}
