package model

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// eventKind are events. They have Subject, Body, Location, Categories, Sensitivity (2 and 3), Busy (0, 1 and 3), Remind
// (minutes), Start and End (points in time, or days, of which the last is behind the event), Zone (berlin, else UTC), Stamp,
// Rule and Gone, the original starts of the occurrences that are left out.
//
// A rule is weekly: interval, days and end between bars, as in 2|MO,WE|COUNT=5.
//
// An occurrence that differs has fields of its own, behind an at sign and its original start.
var eventKind = &kind{name: "Calendar", title: "Subject", write: writeEvent, read: readEvent, show: showEvent, say: sayEvent,
	merge: mergeEvent, invent: inventEvent, vary: varyEvent, supported: eventSupported, age: eventAge, keyed: true}

// eventSupported are the elements that a device may say that it manages, by field.
var eventSupported = map[string]string{
	"Subject": "Calendar:Subject", "Categories": "Calendar:Categories", "Sensitivity": "Calendar:Sensitivity",
	"Remind": "Calendar:Reminder", "Rule": "Calendar:Recurrence",
}

// own are the fields that an occurrence may have of its own, beside when it is.
var own = []string{"Subject", "Body", "Location", "Categories", "Sensitivity", "Busy", "Remind", "Rest"}

// berlin is the zone in which clocks are changed.
var berlin = func() *time.Location {
	loc, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	return loc
}()

// zone is that of an event.
func (f fields) zone() *time.Location {
	if f["Zone"] != "" {
		return berlin
	}
	return time.UTC
}

// when is a point in time or a day.
func when(text string) time.Time {
	t, err := time.Parse(instant, text)
	if err != nil {
		t, _ = time.Parse("20060102", text)
	}
	return t
}

// like writes a point in time as another text is written.
func like(text string, t time.Time) string {
	if len(text) == 8 {
		return t.UTC().Format("20060102")
	}
	return t.UTC().Format(instant)
}

// moved is text with another time.
func moved(text string, by time.Duration) string { return like(text, when(text).Add(by)) }

// overrides are the original starts of the occurrences that differ.
func (f fields) overrides() []string {
	var list []string
	for name := range f {
		if orig, _, ok := strings.Cut(strings.TrimPrefix(name, "@"), " "); ok && !slices.Contains(list, orig) {
			list = append(list, orig)
		}
	}
	slices.Sort(list)
	return list
}

// override is an occurrence that differs.
func (f fields) override(orig string) fields {
	out := fields{}
	for name, value := range f {
		if of, field, ok := strings.Cut(name, " "); ok && of == "@"+orig {
			out[field] = value
		}
	}
	return out
}

// setOverride makes an occurrence differ, or, with nil, takes that back.
func (f fields) setOverride(orig string, o fields) {
	maps.DeleteFunc(f, func(name, _ string) bool { return strings.HasPrefix(name, "@"+orig+" ") })
	for name, value := range o {
		f["@"+orig+" "+name] = value
	}
}

// gone are the original starts of the occurrences that are left out.
func (f fields) gone() []string {
	if f["Gone"] == "" {
		return nil
	}
	return strings.Split(f["Gone"], ",")
}

func (f fields) setGone(list []string) {
	slices.Sort(list)
	if f["Gone"] = strings.Join(slices.Compact(list), ","); f["Gone"] == "" {
		delete(f, "Gone")
	}
}

// rule divides a rule.
func rule(text string) (interval int, days, end string) {
	parts := strings.Split(text, "|")
	fmt.Sscan(parts[0], &interval)
	return interval, parts[1], parts[2]
}

// weekdays are the days of the week, in the order of a rule.
var weekdays = []string{"MO", "TU", "WE", "TH", "FR", "SA", "SU"}

// dayIn is the weekday of a point in time.
func (f fields) dayIn(t time.Time) string { return weekdays[(int(t.In(f.zone()).Weekday())+6)%7] }

// occurrences are the original starts of a series, the first ones of it. Its own start is one whatever the rule says.
func (f fields) occurrences() (list []string) {
	interval, days, end := rule(f["Rule"])
	first := when(f["Start"]).In(f.zone())
	list = []string{f["Start"]}
	monday := first.AddDate(0, 0, -(int(first.Weekday())+6)%7)
	for week := 0; len(list) < 60 && week < 200; week += interval {
		for i, day := range weekdays {
			t := monday.AddDate(0, 0, 7*week+i)
			if !strings.Contains(days, day) || !t.After(first) {
				continue
			}
			if until, ok := strings.CutPrefix(end, "UNTIL="); ok && t.After(when(until)) || end == fmt.Sprint("COUNT=", len(list)) {
				return list
			}
			list = append(list, like(f["Start"], t))
		}
	}
	return list
}

// length is how long it is.
func (f fields) length() time.Duration { return when(f["End"]).Sub(when(f["Start"])) }

// berlinZone is its definition.
const berlinZone = "BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\n" +
	"BEGIN:STANDARD\r\nDTSTART:19961027T030000\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\n" +
	"BEGIN:DAYLIGHT\r\nDTSTART:19810329T020000\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\n"

// eventAge is the day behind the last on which an event takes place: of a series that is cut short it is that of its last
// occurrence.
func eventAge(f fields) time.Time {
	if strings.HasSuffix(f["Rule"], "|") {
		return endless
	}
	var last time.Time
	consider := func(end string) {
		if t := when(end); t.After(last) {
			last = t
		}
	}
	list := []string{f["Start"]}
	if f["Rule"] != "" {
		list = f.occurrences()
	}
	for _, orig := range list {
		if !slices.Contains(f.gone(), orig) && len(f.override(orig)) == 0 {
			consider(moved(orig, f.length()))
		}
	}
	for _, orig := range f.overrides() {
		consider(f.override(orig)["End"])
	}
	if last.IsZero() {
		return endless
	}
	return last.Truncate(24*time.Hour).AddDate(0, 0, 1)
}

// putTime writes a point in time as the event's zone has it.
func (w *lineWriter) putTime(name string, zone *time.Location, text string) {
	switch {
	case len(text) == 8:
		w.put(name+";VALUE=DATE", text)
	case zone == time.UTC:
		w.put(name, text)
	case text != "":
		w.put(name+";TZID=Europe/Berlin", when(text).In(zone).Format("20060102T150405"))
	}
}

var busyNames = map[string]string{"0": "FREE", "1": "TENTATIVE", "3": "OOF"}

func writeEvent(uid string, f fields) string {
	w := &lineWriter{}
	w.b.WriteString(calendarHead)
	if f["Zone"] != "" {
		w.b.WriteString(berlinZone)
	}
	w.event(uid, "", f, f)
	for _, orig := range f.overrides() {
		w.event(uid, orig, f, f.override(orig))
	}
	w.b.WriteString("END:VCALENDAR\r\n")
	return w.b.String()
}

// event writes the series, or one occurrence.
func (w *lineWriter) event(uid, orig string, series, f fields) {
	zone := series.zone()
	w.b.WriteString("BEGIN:VEVENT\r\n" + rest + "\r\n")
	w.put("DTSTAMP", cmp.Or(f["Stamp"], "20260822T090000Z"))
	w.put("UID", uid)
	w.putTime("RECURRENCE-ID", zone, orig)
	w.putTime("DTSTART", zone, f["Start"])
	w.putTime("DTEND", zone, f["End"])
	w.put("SUMMARY", escape(f["Subject"]))
	w.put("DESCRIPTION", escape(f["Body"]))
	w.put("LOCATION", escape(f["Location"]))
	w.put("CATEGORIES", f["Categories"])
	w.put("CLASS", taskClasses[f["Sensitivity"]])
	w.put("X-MICROSOFT-CDO-BUSYSTATUS", busyNames[f["Busy"]])
	if f["Busy"] == "0" {
		w.put("TRANSP", "TRANSPARENT")
	}
	if orig == "" && f["Rule"] != "" {
		interval, days, end := rule(f["Rule"])
		w.put("RRULE", strings.TrimSuffix(fmt.Sprintf("FREQ=WEEKLY;INTERVAL=%d;BYDAY=%s;%s", interval, days, end), ";"))
		for _, one := range f.gone() {
			w.putTime("EXDATE", zone, one)
		}
	}
	if f["Remind"] != "" {
		w.b.WriteString("BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:Think of it\r\nTRIGGER:-PT" + f["Remind"] + "M\r\nEND:VALARM\r\n")
	}
	w.b.WriteString("END:VEVENT\r\n")
}

// readTime reads a point in time.
func (l line) readTime() (string, error) {
	if name := l.params["TZID"]; name != "" {
		loc, err := time.LoadLocation(name)
		if err != nil {
			return "", err
		}
		t, err := time.ParseInLocation("20060102T150405", l.value, loc)
		return t.UTC().Format(instant), err
	}
	if l.value != "" && l.params["VALUE"] != "DATE" && !strings.HasSuffix(l.value, "Z") {
		return "", fmt.Errorf("%s %q has no zone", l.name, l.value)
	}
	return l.value, nil
}

func readEvent(raw string) (uid string, f fields, err error) {
	root, err := readComponents(raw)
	if err != nil {
		return "", nil, err
	}
	f = fields{}
	for _, c := range root.all("VEVENT") {
		o, orig, err := readOccurrence(c)
		if err != nil {
			return "", nil, err
		}
		if uid = c.get("UID").value; orig == "" {
			maps.Copy(f, o)
		} else {
			f.setOverride(orig, o)
		}
	}
	return uid, f, nil
}

// readOccurrence reads the series, or an occurrence, whose original start it returns.
func readOccurrence(c *component) (f fields, orig string, err error) {
	f = fields{}
	if orig, err = c.get("RECURRENCE-ID").readTime(); err != nil {
		return nil, "", err
	}
	for _, name := range []string{"DTSTART", "DTEND"} {
		at, err := c.get(name).readTime()
		if err != nil {
			return nil, "", err
		}
		f.put(map[string]string{"DTSTART": "Start", "DTEND": "End"}[name], at)
	}
	f.put("Stamp", c.get("DTSTAMP").value)
	f.put("Subject", c.get("SUMMARY").text())
	f.put("Body", c.get("DESCRIPTION").text())
	f.put("Location", c.get("LOCATION").text())
	f.put("Categories", c.lists("CATEGORIES"))
	f.put("Sensitivity", turned(taskClasses)[c.get("CLASS").value])
	f.put("Busy", turned(busyNames)[c.get("X-MICROSOFT-CDO-BUSYSTATUS").value])
	if free := c.get("TRANSP").value == "TRANSPARENT"; free != (f["Busy"] == "0") {
		return nil, "", fmt.Errorf("an event that is half free")
	}
	f.put("Rest", c.get("X-SOMEBODY").value+c.get("X-SOMEBODY").params["X-WITH"])
	for _, alarm := range c.all("VALARM") {
		f.put("Remind", strings.TrimSuffix(strings.TrimPrefix(alarm.get("TRIGGER").value, "-PT"), "M"))
	}
	if orig != "" {
		return f, orig, nil
	}
	if c.get("DTSTART").params["TZID"] != "" {
		f["Zone"] = "berlin"
	}
	return f, "", f.readSeries(c)
}

// readSeries reads the rule and what it leaves out.
func (f fields) readSeries(c *component) error {
	if text := c.get("RRULE").value; text != "" {
		parts := map[string]string{"INTERVAL": "1"}
		for one := range strings.SplitSeq(text, ";") {
			name, value, _ := strings.Cut(one, "=")
			parts[name] = value
		}
		end := ""
		for _, name := range []string{"COUNT", "UNTIL"} {
			if parts[name] != "" {
				end = name + "=" + parts[name]
			}
		}
		f["Rule"] = parts["INTERVAL"] + "|" + inOrder(parts["BYDAY"]) + "|" + end
		if parts["FREQ"] != "WEEKLY" {
			return fmt.Errorf("rule %q", text)
		}
	}
	var gone []string
	for _, l := range c.lines {
		if l.name == "EXDATE" {
			for one := range strings.SplitSeq(l.value, ",") {
				at, err := line{name: l.name, params: l.params, value: one}.readTime()
				if err != nil {
					return err
				}
				gone = append(gone, at)
			}
		}
	}
	f.setGone(gone)
	return nil
}

// inOrder are days in the order of the week.
func inOrder(days string) string {
	return strings.Join(slices.DeleteFunc(slices.Clone(weekdays), func(d string) bool { return !strings.Contains(days, d) }), ",")
}
