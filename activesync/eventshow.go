package activesync

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/calendar"
)

// Properties of events that iCalendar has no names for. Those of Exchange are in MS-OXCICAL.
const (
	exchangeBusy     = "X-MICROSOFT-CDO-BUSYSTATUS"
	exchangeReplied  = "X-MICROSOFT-CDO-REPLYTIME"
	exchangeCounter  = "X-MICROSOFT-DISALLOW-COUNTER"
	exchangeConf     = "X-MICROSOFT-ONLINEMEETINGCONFLINK"
	exchangeExternal = "X-MICROSOFT-ONLINEMEETINGEXTERNALLINK"
	exchangeTeams    = "X-MICROSOFT-SKYPETEAMSMEETINGURL"
	googleConference = "X-GOOGLE-CONFERENCE"
)

// Bits of MeetingStatus, and what BusyStatus says. MS-ASCAL.
const (
	meetingIs        = 1
	meetingReceived  = 2
	meetingCancelled = 4

	busyFree      = 0
	busyTentative = 1
	busyBusy      = 2
	busyElsewhere = 4
)

// component is what the device is told of the master or of an occurrence that differs, whole.
func (v *eventView) component(c *calendar.Component, s eventSpan) *wire.Event {
	subject, categories := c.Summary(), categoriesOf(c)
	busy, sensitivity, reminder := v.busy(c), int(c.Sensitivity()), v.reminder(c, s)
	noProposal := strings.EqualFold(c.Text(exchangeCounter), "TRUE")
	stamp := c.Stamp()
	if stamp.IsZero() {
		stamp = s.start
	}
	if categories == nil {
		categories = []string{}
	}
	ev := &wire.Event{
		AllDay: &s.allDay, Start: v.told(s.start, s.allDay), End: v.told(s.end, s.allDay), Stamp: &stamp, Subject: &subject,
		Place: eventPlace(c), Categories: &categories, Reminder: &reminder, Busy: &busy, Sensitivity: &sensitivity,
		DisallowProposal: &noProposal, ConfLink: c.Text(exchangeConf), ExternalLink: onlineLink(c),
	}
	if v.version >= V160 {
		ev.Attachments = v.files(c)
	}
	v.meeting(ev, c)
	return ev
}

// categoriesOf are the categories that have a name.
func categoriesOf(c *calendar.Component) []string {
	return slices.DeleteFunc(c.Categories(), func(s string) bool { return strings.TrimSpace(s) == "" })
}

// meeting adds what there is to say of a meeting. MS-ASCAL, MeetingStatus, ResponseType.
func (v *eventView) meeting(ev *wire.Event, c *calendar.Component) {
	list := v.attendees(c)
	organizer := c.Get("ORGANIZER")
	status, response := 0, 0
	ev.Attendees, ev.MeetingStatus, ev.ResponseType = &list, &status, &response
	if organizer == nil && len(list) == 0 {
		return
	}
	name, address := param(organizer, "CN"), mailOf(organizer)
	status, response = meetingIs, 1
	own := v.ownAttendee(c)
	wanted := anyAsked(c)
	if !v.organizes(c) {
		status, response = meetingIs|meetingReceived, responseOf(own)
		wanted = own == nil || strings.EqualFold(param(own, "RSVP"), "TRUE")
	} else if address == "" {
		address = v.user.Addr()
		name = v.user.Name
	}
	if c.Cancelled() {
		status |= meetingCancelled
	}
	if name == "" {
		name = address
	}
	ev.OrganizerName, ev.OrganizerEmail, ev.ResponseRequested = &name, &address, &wanted
	if at := c.Text(exchangeReplied); at != "" && response > 1 {
		if m, ok := calendar.ParseMoment(at); ok {
			ev.ReplyTime = &m.Wall
		}
	}
}

// busy is the BusyStatus. What Exchange's own property says counts before what follows from the others. MS-ASCAL,
// BusyStatus.
func (v *eventView) busy(c *calendar.Component) int {
	n := slices.Index(busyNames[:], strings.ToUpper(c.Text(exchangeBusy)))
	if n >= 0 && (n == busyFree) == strings.EqualFold(c.Text("TRANSP"), "TRANSPARENT") || n >= 0 && c.Text("TRANSP") == "" {
		if n == busyElsewhere && v.version < V160 {
			return busyBusy
		}
		return n
	}
	own := v.ownAttendee(c)
	switch status := strings.ToUpper(param(own, "PARTSTAT")); {
	case strings.EqualFold(c.Text("TRANSP"), "TRANSPARENT"), c.Cancelled():
		return busyFree
	case c.Status() == "TENTATIVE", own != nil && !v.organizes(c) && status != "ACCEPTED":
		return busyTentative
	}
	return busyBusy
}

// busyNames are the values of Exchange's property, in the order of BusyStatus. MS-OXCICAL.
var busyNames = [...]string{"FREE", "TENTATIVE", "BUSY", "OOF", "WORKINGELSEWHERE"}

// setBusy sets the BusyStatus.
func setBusy(c *calendar.Component, n int) {
	c.SetText(exchangeBusy, busyNames[n])
	transparency := "OPAQUE"
	if n == busyFree {
		transparency = "TRANSPARENT"
	}
	if n == busyFree || c.Get("TRANSP") != nil {
		c.SetText("TRANSP", transparency)
	}
}

// reminder is how many minutes before the start the device reminds: by the first alarm that shows or sounds and is not
// behind the start.
func (v *eventView) reminder(c *calendar.Component, s eventSpan) int {
	if v.foreign() {
		return wire.NoReminder
	}
	for alarm := range c.Children(calendar.VAlarm) {
		if n, ok := v.alarm(alarm, s); ok {
			return n
		}
	}
	return wire.NoReminder
}

func (v *eventView) alarm(alarm *calendar.Component, s eventSpan) (minutes int, ok bool) {
	p := alarm.Get("TRIGGER")
	if action := strings.ToUpper(alarm.Text("ACTION")); action != "DISPLAY" && action != "AUDIO" || p == nil {
		return 0, false
	}
	var before time.Duration
	if m, absolute := p.Moment(); absolute {
		if v.object.Recurs() {
			return 0, false
		}
		at, _ := v.resolve(m)
		before = v.instant(s.start, s.allDay).Sub(at)
	} else {
		d, ok := p.Duration()
		if !ok {
			return 0, false
		}
		before = -d
		if strings.EqualFold(p.Param("RELATED"), "END") {
			before -= s.end.Sub(s.start)
		}
	}
	minutes = int(before / time.Minute)
	return minutes, before >= 0 && minutes <= maxReminder
}

// maxReminder bounds a reminder in minutes: 20 years.
const maxReminder = 20 * 366 * 24 * 60

// instant is the beginning of what starts on a day or at an instant.
func (v *eventView) instant(t time.Time, allDay bool) time.Time {
	if allDay {
		return v.home.Instant(t)
	}
	return t
}

// setReminder gives a component the alarm that the device wants, instead of those that it could be shown. Alarms of
// other kinds stay.
func (v *eventView) setReminder(c *calendar.Component, s eventSpan, minutes int) {
	var kept *calendar.Component
	c.RemoveChildren(func(child *calendar.Component) bool {
		if child.Name() != calendar.VAlarm {
			return false
		}
		if _, ok := v.alarm(child, s); !ok {
			return false
		}
		if kept == nil && minutes >= 0 {
			kept = child
			return false
		}
		return minutes < 0
	})
	if minutes < 0 {
		return
	}
	if kept == nil {
		kept = calendar.NewComponent(calendar.VAlarm)
		kept.Add(calendar.NewProperty("ACTION", "DISPLAY"))
		kept.Add(calendar.NewText("DESCRIPTION", "Reminder"))
		c.AddChild(kept)
	}
	kept.Set(calendar.NewProperty("TRIGGER", "-PT"+strconv.Itoa(minutes)+"M"))
}

// onlineLink is where one joins the meeting with a browser.
func onlineLink(c *calendar.Component) string {
	for _, name := range []string{exchangeExternal, exchangeTeams, googleConference, "CONFERENCE"} {
		if link := c.Text(name); strings.HasPrefix(strings.ToLower(link), "https://") {
			return link
		}
	}
	return ""
}
