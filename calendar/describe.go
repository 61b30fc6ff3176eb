package calendar

import (
	"net/url"
	"strconv"
	"strings"
	"time"
)

func itoa(d time.Duration) string { return strconv.FormatInt(int64(d), 10) }

// Busy is what the component makes of the time of whose calendar it is in. A meeting that is to be answered is
// tentative if the status says so.
func (c *Component) Busy() Busy {
	switch strings.ToUpper(c.Text("X-MICROSOFT-CDO-BUSYSTATUS")) {
	case "FREE":
		return Free
	case "TENTATIVE":
		return Tentative
	case "BUSY":
		return Occupied
	case "OOF":
		return OutOfOffice
	case "WORKINGELSEWHERE":
		return Elsewhere
	}
	switch {
	case strings.EqualFold(c.Text("TRANSP"), "TRANSPARENT"), c.Cancelled():
		return Free
	case c.Status() == "TENTATIVE":
		return Tentative
	}
	return Occupied
}

var busyNames = [...]string{
	Free: "FREE", Tentative: "TENTATIVE", Occupied: "BUSY", OutOfOffice: "OOF", Elsewhere: "WORKINGELSEWHERE",
}

// SetBusy sets what the component makes of time: TRANSP, and Exchange's property for what that cannot say.
func (c *Component) SetBusy(b Busy) {
	if b == c.Busy() || int(b) >= len(busyNames) {
		return
	}
	transparent := b == Free || b == Elsewhere
	c.setValue("TRANSP", map[bool]string{true: "TRANSPARENT", false: "OPAQUE"}[transparent])
	switch plain := b == Free || b == Occupied && c.Status() != "TENTATIVE"; {
	case plain:
		c.Remove("X-MICROSOFT-CDO-BUSYSTATUS")
	default:
		c.setValue("X-MICROSOFT-CDO-BUSYSTATUS", busyNames[b])
	}
}

// Description is the text about it, and that text as HTML if there is one: of X-ALT-DESC, of the property
// STYLED-DESCRIPTION (RFC 9073, section 6.5), or of a DESCRIPTION whose alternative is a data URI.
func (c *Component) Description() (text, html string) {
	text = c.Text("DESCRIPTION")
	for _, name := range []string{"X-ALT-DESC", "STYLED-DESCRIPTION"} {
		for p := range c.All(name) {
			if html == "" && strings.HasPrefix(strings.ToLower(p.Param("FMTTYPE")), "text/html") && p.Param("VALUE") != "URI" {
				html = p.Text()
			}
		}
	}
	if p := c.Get("DESCRIPTION"); p != nil && html == "" {
		html = htmlOfData(p.Param("ALTREP"))
	}
	return text, html
}

// htmlOfData reads a data URI of HTML without base64, as Google and Thunderbird write them.
func htmlOfData(uri string) string {
	head, body, ok := strings.Cut(uri, ",")
	if !ok || !strings.HasPrefix(strings.ToLower(head), "data:text/html") || strings.HasSuffix(strings.ToLower(head), ";base64") {
		return ""
	}
	html, err := url.PathUnescape(body)
	if err != nil {
		return ""
	}
	return html
}

// SetDescription sets the text and its HTML. An empty html removes what said otherwise than the text.
func (c *Component) SetDescription(text, html string) {
	oldText, oldHTML := c.Description()
	if oldHTML != html {
		c.Remove("STYLED-DESCRIPTION", "X-ALT-DESC")
		if p := c.Get("DESCRIPTION"); p != nil {
			c.Replace(p, p.WithParam("ALTREP"))
		}
		if html != "" {
			c.Set(NewText("X-ALT-DESC", html, "FMTTYPE", "text/html"))
		}
	}
	if oldText != text {
		c.SetText("DESCRIPTION", text)
	}
}

// Conferences are the addresses at which one takes part from afar: of CONFERENCE (RFC 7986, section 5.11), and of what
// Google and Microsoft write instead.
func (c *Component) Conferences() []string {
	var list []string
	for _, name := range []string{
		"CONFERENCE", "X-GOOGLE-CONFERENCE", "X-MICROSOFT-SKYPETEAMSMEETINGURL", "X-MICROSOFT-ONLINEMEETINGEXTERNALLINK",
		"X-MICROSOFT-ONLINEMEETINGCONFLINK",
	} {
		for p := range c.All(name) {
			if v := strings.TrimSpace(p.prop.Value); v != "" {
				list = append(list, v)
			}
		}
	}
	return list
}

// Attachments are the properties ATTACH: a URI or, with the parameter VALUE=BINARY, data in base64.
func (c *Component) Attachments() []*Property {
	var list []*Property
	for p := range c.All("ATTACH") {
		list = append(list, p)
	}
	return list
}

// Rule is the first RRULE, nil if there is none. The error wraps [ErrUnclear].
func (c *Component) Rule() (*Rule, error) {
	p := c.Get("RRULE")
	if p == nil {
		return nil, nil
	}
	return ParseRule(p.prop.Value)
}

// SetRule sets the rule; nil removes it with EXRULE, RDATE and EXDATE, which say nothing without one.
func (c *Component) SetRule(r *Rule) {
	if r == nil {
		c.Remove("RRULE", "EXRULE", "RDATE", "EXDATE")
		return
	}
	c.setValue("RRULE", r.String())
}

// Exclude adds an original start to EXDATE, once.
func (c *Component) Exclude(id Moment) {
	for one, p := range values(c, "EXDATE") {
		if m, ok := ParseMoment(one); ok && m.in(p.Param("TZID")) == id {
			return
		}
	}
	c.Add(id.Property("EXDATE"))
}
