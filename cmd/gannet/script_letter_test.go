package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gannetmail/gannet/calendar"
	"github.com/gannetmail/gannet/mail"
)

// sunkCommand is `sunk N`: it waits until the other server has been given N messages in all, and prints the N-th: the
// recipients of the envelope, and what tellLetter tells.
func sunkCommand(ts *testscript.TestScript, _ bool, args []string) {
	m := sunkMessage(ts, args[0])
	fmt.Fprintln(ts.Stdout(), "for:", strings.Join(m.to, " "))
	tellLetter(ts, m.raw)
}

// tellLetter prints a message: its header, its parts, its text, and the calendar object with its lines unfolded. Of one that
// this server wrote about a meeting it checks what holds of all of them.
func tellLetter(ts *testscript.TestScript, raw string) {
	sum, err := mail.Parse(strings.NewReader(raw))
	ts.Check(err)
	out := ts.Stdout()
	fmt.Fprintln(out, "subject:", sum.Envelope.Subject)
	head, _, _ := strings.Cut(strings.ReplaceAll(raw, "\r\n", "\n"), "\n\n")
	fmt.Fprintln(out, strings.ReplaceAll(head, "\n ", " "))
	fmt.Fprintln(out, "parts:", shapeOf(sum.Root))
	body, err := sum.Text(strings.NewReader(raw), mail.Plain, 1<<20)
	ts.Check(err)
	fmt.Fprint(out, strings.ReplaceAll(string(body.Data), "\r", ""))
	part := sum.SchedulingPart()
	if part == nil {
		return
	}
	fmt.Fprintln(out, "method:", part.Method)
	content, err := io.ReadAll(sum.TextReader(strings.NewReader(raw), part))
	ts.Check(err)
	text := strings.ReplaceAll(string(content), "\r\n", "\n")
	fmt.Fprint(out, strings.ReplaceAll(text, "\n ", ""))
	if strings.Contains(text, "PRODID:"+calendar.ProductID) {
		for _, fault := range faultsOf(sum, raw, part, text) {
			ts.Fatalf("%s in\n%s", fault, raw)
		}
	}
}

// shapeOf tells of what parts a message consists, as types with their parameters but boundaries.
func shapeOf(p *mail.Part) string {
	words := []string{p.Type + "/" + p.Subtype}
	for _, param := range p.Params {
		if !strings.EqualFold(param.Name, "boundary") {
			words = append(words, strings.ToLower(param.Name)+"="+param.Value)
		}
	}
	shape := strings.Join(words, ";")
	var children []string
	for _, child := range p.Children {
		children = append(children, shapeOf(child))
	}
	if len(children) > 0 {
		shape += "(" + strings.Join(children, " ") + ")"
	}
	return shape
}

// lettersShape is that of every message without files. RFC 6047, section 2.4.
const lettersShape = "multipart/mixed(multipart/alternative(text/plain;charset=utf-8 text/calendar;charset=utf-8;method=%s) application/ics;name=invite.ics)"

// faultsOf lists what is wrong with a message about a meeting that this server wrote. RFC 5546, section 3.2; RFC 6047.
func faultsOf(sum *mail.Summary, raw string, part *mail.Part, text string) (faults []string) {
	wrong := func(bad bool, format string, args ...any) {
		if bad {
			faults = append(faults, fmt.Sprintf(format, args...))
		}
	}
	wrong(strings.Contains(strings.ToUpper(raw+text), "X-GANNET-"), "what is nobody else's business")
	o, problems, err := calendar.ReadObject(text)
	if err != nil {
		return append(faults, err.Error())
	}
	wrong(len(problems) > 0, "problems: %v", problems)
	wrong(o.Method() != part.Method || part.Param("method") != part.Method, "methods %q, %q, %q", o.Method(), part.Method, part.Param("method"))
	wrong(shapeOf(sum.Root) != fmt.Sprintf(lettersShape, part.Method), "parts %s", shapeOf(sum.Root))
	wrong(sum.Envelope.MessageID == "" || sum.Envelope.Date.IsZero() || len(sum.Envelope.From) != 1 || len(sum.Envelope.To) == 0, "a header without %+v", sum.Envelope)
	for _, p := range sum.Attachments() {
		file, err := io.ReadAll(sum.OpenPart(strings.NewReader(raw), p))
		wrong(err != nil || strings.ReplaceAll(string(file), "\r\n", "\n") != text, "another object beside: %v", err)
	}
	from := ""
	if len(sum.Envelope.From) == 1 {
		from = sum.Envelope.From[0].Addr()
	}
	for c := range o.Components() {
		faults = append(faults, faultsOfPart(o, c, from)...)
	}
	for _, line := range strings.Split(text, "\n") {
		wrong(len(line) > 75, "a line of %d bytes: %s", len(line), line)
	}
	return faults
}

// required are the properties of every message. RFC 5546, section 3.2.
var required = []string{"UID", "DTSTAMP", "ORGANIZER", "SEQUENCE", "DTSTART", "SUMMARY"}

func faultsOfPart(o *calendar.Object, c *calendar.Component, from string) (faults []string) {
	for _, name := range required {
		if n := len(slices.Collect(c.All(name))); n != 1 {
			faults = append(faults, fmt.Sprintf("%d of %s", n, name))
		}
	}
	if len(c.Alarms()) > 0 || c.Get("CATEGORIES") != nil || c.Get("X-MICROSOFT-CDO-BUSYSTATUS") != nil {
		faults = append(faults, "what belongs to the owner of the calendar")
	}
	if _, _, err := o.Resolve(c.Start(), nil); err != nil {
		faults = append(faults, err.Error())
	}
	organizer, _ := c.Organizer()
	people := c.Attendees()
	switch o.Method() {
	case "REPLY", "COUNTER":
		if len(people) != 1 || !strings.EqualFold(people[0].Address, from) || people[0].Status == "" {
			faults = append(faults, fmt.Sprintf("an answer of %v by %s", people, from))
		}
	default:
		if !strings.EqualFold(organizer.Address, from) || len(people) == 0 {
			faults = append(faults, fmt.Sprintf("organizer %v, author %s, attendees %v", organizer, from, people))
		}
	}
	if o.Method() == "CANCEL" && c.Status() != "CANCELLED" {
		faults = append(faults, "a cancellation of what takes place")
	}
	return faults
}
