package mail

import (
	"bytes"
	"strings"
)

// leaf reads a body that has no parts: counts it, and looks into those kinds of content that the summary tells about.
func (p *parser) leaf(part *Part) {
	start, lines := p.sc.offset(), p.sc.lines
	t, known := transferOf(part.Encoding)
	if part.Type == "multipart" {
		t = transferIdentity
	}
	if !known {
		p.defect(DefectEncoding)
	}
	body := p.newBody()
	dec := newDecoder(t, body)
	decoded := &counter{src: dec}
	switch {
	case part.Is("text", "plain"), part.Is("text", "html"), part.Is("text", "enriched"), part.Is("text", "richtext"):
		p.text(part, decoded)
	case part.Is("text", "calendar"), part.Is("application", "ics"):
		p.calendar(part, decoded)
	case part.Type == "message" && strings.HasSuffix(part.Subtype, "-status"),
		part.Is("message", "disposition-notification"), part.Is("message", "feedback-report"),
		part.Is("message", "global-disposition-notification"):
		p.report(part, decoded)
	case part.isTNEF():
		p.tnef(part, decoded)
	}
	_ = drain(decoded) // its error is the scanner's, which Parse reports
	part.Body.Length, part.Lines = p.bodyCount(start, lines)
	part.DecodedSize = decoded.n
	if part.isTNEF() {
		clipTNEF(part.Virtual, decoded.n)
	}
	if dec.broken() {
		if t == transferQuoted {
			p.defect(DefectQuoted)
		} else {
			p.defect(DefectBase64)
		}
	}
	p.flagLeaf(part)
}

// isTNEF recognises a winmail.dat.
func (p *Part) isTNEF() bool {
	if p.Is("application", "ms-tnef") || p.Is("application", "vnd.ms-tnef") {
		return true
	}
	return p.Type == "application" && p.Subtype == "octet-stream" && strings.EqualFold(p.FileName(), "winmail.dat")
}

// flagLeaf sets the flags that a leaf's type alone decides.
func (p *parser) flagLeaf(part *Part) {
	if part.isPKCS7() {
		if part.smimeSigned() {
			p.sum.Flags |= SMIMESigned
		} else {
			p.sum.Flags |= SMIMEEncrypted
		}
	}
	switch part.MediaType() {
	case "text/calendar", "application/ics":
		p.sum.Flags |= HasCalendar
	case "application/pgp-encrypted":
		p.sum.Flags |= PGPEncrypted
	case "application/pgp-signature":
		p.sum.Flags |= PGPSigned
	case "application/pkcs7-signature", "application/x-pkcs7-signature":
		p.sum.Flags |= SMIMESigned
	}
}

// smimeSigned tells opaque signed data from encrypted, RFC 8551 section 3.2.2.
func (p *Part) smimeSigned() bool {
	switch strings.ToLower(p.Param("smime-type")) {
	case "signed-data", "signed-receipt":
		return true
	}
	return strings.HasSuffix(strings.ToLower(p.FileName()), ".p7s")
}

// calendarPeek is how much of a calendar object is searched for its method and the status of its attendee.
const calendarPeek = 256 << 10

// calendar finds METHOD and, in a REPLY, the PARTSTAT of the attendee.
func (p *parser) calendar(part *Part, src source) {
	part.Method = strings.ToUpper(cut(part.Param("method"), 32))
	lines := &unfolder{tell: func(line []byte) {
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok {
			return
		}
		upper := strings.ToUpper(string(name))
		switch {
		case upper == "METHOD" && part.Method == "":
			part.Method = strings.ToUpper(cut(cleanText(string(value)), 32))
		case strings.HasPrefix(upper, "ATTENDEE") && part.PartStat == "":
			if _, rest, ok := strings.Cut(upper, "PARTSTAT="); ok {
				status, _, _ := strings.Cut(rest, ";")
				part.PartStat = cut(strings.Trim(status, `"`), 32)
			}
		}
	}}
	p.peek(&normalSource{src: src}, calendarPeek, lines.take)
	lines.flush()
	if part.Method != "REPLY" && part.Method != "COUNTER" {
		part.PartStat = ""
	}
}

// report finds what a delivery or disposition report says happened: the gravest Action, or the disposition.
func (p *parser) report(part *Part, src source) {
	lines := &unfolder{tell: func(line []byte) {
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok {
			return
		}
		switch strings.ToLower(string(trimBlank(name))) {
		case "action":
			p.noteAction(keyword(trimBlank(value)))
		case "disposition":
			_, what, _ := bytes.Cut(value, []byte(";"))
			what, _, _ = bytes.Cut(what, []byte("/"))
			p.sum.Report.Action = keyword(trimBlank(what))
		}
	}}
	p.peek(&normalSource{src: src}, calendarPeek, lines.take)
	lines.flush()
	if p.sum.Report.Type == "" {
		p.sum.Report.Type = strings.TrimPrefix(part.Subtype, "global-")
	}
}

// actionRank orders the actions of RFC 3464 section 2.3.3: a report that tells of several recipients is what the worst
// of them met.
var actionRank = map[string]int{"expanded": 1, "relayed": 2, "delivered": 3, "delayed": 4, "failed": 5}

func (p *parser) noteAction(action string) {
	if actionRank[action] > actionRank[p.sum.Report.Action] || p.sum.Report.Action == "" {
		p.sum.Report.Action = action
	}
}

// peek shows the first limit bytes of src.
func (p *parser) peek(src source, limit int, tell func([]byte)) {
	for limit > 0 {
		b, err := src.next()
		if err != nil {
			return
		}
		b = b[:min(len(b), limit)]
		limit -= len(b)
		tell(b)
	}
}

// unfolder gathers lines that are folded with a leading blank, RFC 5545 section 3.1 and RFC 5322 section 2.2.3.
type unfolder struct {
	tell func(line []byte)
	line []byte
	fold bool // a line end came: a blank continues
}

// unfoldedMax bounds the line that is kept.
const unfoldedMax = 8 << 10

func (u *unfolder) take(b []byte) {
	for len(b) > 0 {
		if u.fold {
			u.fold = false
			if b[0] == ' ' || b[0] == '\t' {
				b = b[1:]
				continue
			}
			u.flush()
		}
		i := bytes.IndexByte(b, '\n')
		end := i
		if i < 0 {
			end = len(b)
		}
		if len(u.line) < unfoldedMax {
			u.line = append(u.line, bytes.TrimRight(b[:end], "\r")...)
		}
		if i < 0 {
			return
		}
		u.fold = true
		b = b[i+1:]
	}
}

func (u *unfolder) flush() {
	if len(u.line) > 0 {
		u.tell(u.line)
	}
	u.line = u.line[:0]
}
