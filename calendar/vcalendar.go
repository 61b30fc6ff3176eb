package calendar

import (
	"strconv"
	"strings"
)

// upgrade makes iCalendar of a vCalendar 1.0: names, rules, lists and alarms are written as RFC 5545 has them.
// What it does not know stays as it is. vCalendar 1.0 (versit Consortium, 1996).
func upgrade(c *Component) {
	for i := range c.items {
		if child := c.items[i].child; child != nil {
			upgrade(child)
			continue
		}
		c.items[i].prop = upgradeProperty(c.items[i].prop)
	}
	for _, name := range []string{"DALARM", "AALARM", "PALARM", "MALARM"} {
		for p := range c.All(name) {
			upgradeAlarm(c, p)
		}
		c.Remove(name)
	}
}

func upgradeProperty(p *Property) *Property {
	renamed := func(name string) *Property {
		q := p.copied()
		q.prop.Name, q.line = name, p.line
		return q
	}
	switch p.prop.Name {
	case "VERSION":
		return p.WithValue("2.0")
	case "DCREATED":
		return renamed("CREATED")
	case "STATUS":
		return p.WithValue(strings.ReplaceAll(strings.TrimSpace(p.prop.Value), " ", "-"))
	case "TRANSP":
		switch strings.TrimSpace(p.prop.Value) {
		case "0":
			return p.WithValue("OPAQUE")
		case "1":
			return p.WithValue("TRANSPARENT")
		}
	case "CATEGORIES", "RESOURCES", "EXDATE", "RDATE":
		return p.WithValue(strings.ReplaceAll(strings.ReplaceAll(p.prop.Value, `\;`, ";"), ";", ","))
	case "RRULE", "EXRULE":
		if rule, ok := upgradeRule(p.prop.Value); ok {
			return p.WithValue(rule)
		}
	case "SUMMARY", "DESCRIPTION", "LOCATION":
		if p.content != "" && !strings.Contains(p.prop.Value, `\`) && strings.ContainsAny(p.prop.Value, ",;") {
			return p.WithValue(escapeText(p.prop.Value))
		}
	case "ATTENDEE":
		if v := strings.TrimSpace(p.prop.Value); strings.Contains(v, "@") && !strings.Contains(v, ":") {
			return upgradeAttendee(p, v)
		}
	}
	return p
}

// upgradeAttendee makes an address of "Otto <otto@example.test>".
func upgradeAttendee(p *Property, v string) *Property {
	if before, rest, ok := strings.Cut(v, "<"); ok {
		address, _, _ := strings.Cut(rest, ">")
		if name := strings.Trim(before, `" `); name != "" && p.Param("CN") == "" {
			p = p.WithParam("CN", name)
		}
		v = strings.TrimSpace(address)
	}
	return p.WithValue("mailto:" + v)
}

// oldFrequencies are the first letters of rules.
var oldFrequencies = []struct{ old, freq, by string }{
	{"MD", "MONTHLY", "BYMONTHDAY"}, {"MP", "MONTHLY", "BYDAY"}, {"YM", "YEARLY", "BYMONTH"}, {"YD", "YEARLY", "BYYEARDAY"},
	{"D", "DAILY", ""}, {"W", "WEEKLY", "BYDAY"},
}

// upgradeRule reads "W2 TU TH #5" or "MP1 1+ SU 19971231T000000Z". Without a count the first one is no repetition:
// the default of vCalendar is two.
func upgradeRule(s string) (string, bool) {
	words := strings.Fields(strings.ToUpper(s))
	if len(words) == 0 {
		return "", false
	}
	for _, f := range oldFrequencies {
		rest, ok := strings.CutPrefix(words[0], f.old)
		if !ok {
			continue
		}
		interval, err := strconv.Atoi(rest)
		if err != nil || interval < 1 {
			return "", false
		}
		rule := "FREQ=" + f.freq
		if interval > 1 {
			rule += ";INTERVAL=" + rest
		}
		by, end := oldList(words[1:])
		if len(by) > 0 && f.by != "" {
			rule += ";" + f.by + "=" + strings.Join(by, ",")
		}
		return rule + end, true
	}
	return "", false
}

// oldList reads what follows the frequency: days, with their number before them, and the end.
func oldList(words []string) (by []string, end string) {
	end = ";COUNT=2"
	number := ""
	for _, w := range words {
		count, counted := strings.CutPrefix(w, "#")
		_, isDay := weekdays[w]
		switch {
		case counted && count == "0":
			end = ""
		case counted:
			end = ";COUNT=" + count
		case len(w) >= 8 && w[0] >= '0' && w[0] <= '9':
			end = ";UNTIL=" + w
		case isDay:
			by = append(by, number+w)
		case strings.HasSuffix(w, "+"):
			number = strings.TrimSuffix(w, "+")
		case strings.HasSuffix(w, "-"):
			number = "-" + strings.TrimSuffix(w, "-")
		case w == "LD":
			by = append(by, "-1")
		default:
			by = append(by, w)
		}
	}
	return by, end
}

// upgradeAlarm makes a VALARM of "19960415T235000;PT5M;2;text".
func upgradeAlarm(c *Component, p *Property) {
	parts := strings.Split(p.prop.Value, ";")
	m, ok := ParseMoment(parts[0])
	if !ok || m.Form == Date {
		return
	}
	action := "DISPLAY"
	if p.prop.Name == "AALARM" {
		action = "AUDIO"
	}
	alarm := NewComponent(VAlarm)
	alarm.Add(NewProperty("ACTION", action))
	alarm.Add(NewProperty("TRIGGER", m.String(), "VALUE", "DATE-TIME"))
	if len(parts) > 3 && parts[3] != "" {
		alarm.Add(NewText("DESCRIPTION", parts[3]))
	}
	c.AddChild(alarm)
}
