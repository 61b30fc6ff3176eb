package activesync

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/mail"
)

// objectText is the text of an object, in one form or both.
type objectText struct {
	plain string // any line ends
	html  string // a document; empty: there is none
}

// body is the text in the form that the device wants, never nil: several clients break where there is none. Text that
// there is in the other form only is converted. MS-ASAIRS, Body.
func (t objectText) body(f objectForm) *wire.Body {
	p := f.bodyPreference(t.html != "")
	text := t.as(p.Type)
	b := &wire.Body{Type: p.Type, Size: int64(len(text))}
	if !p.Whole && int64(len(text)) > p.Truncation {
		b.Truncated = true
		if p.AllOrNone {
			return b
		}
		text = cutText(text, int(p.Truncation))
	}
	if text != "" {
		b.Data = bytes.NewReader([]byte(text))
	}
	return b
}

// as returns the text in a form.
func (t objectText) as(kind int) string {
	switch {
	case kind == wire.BodyHTML && t.html != "":
		return t.html
	case kind == wire.BodyHTML:
		return mail.TextToHTML(t.plain)
	case t.plain == "" && t.html != "":
		return mail.HTMLToText(t.html)
	}
	return crlfText(t.plain)
}

// bodyPreference returns the form to send text in: what is native if the device takes that, otherwise what it takes.
func (f objectForm) bodyPreference(html bool) wire.BodyPreference {
	none := wire.BodyPreference{Type: wire.BodyText, Truncation: defaultBody, Whole: f.whole}
	if f.version < V120 {
		none.Whole = true
		if t := f.options.Truncation; t != nil && oldText[*t] != unlimited {
			none.Whole, none.Truncation = false, oldText[*t]
		}
		return none
	}
	var text, rich *wire.BodyPreference
	for i, p := range f.options.Bodies {
		switch p.Type {
		case wire.BodyText:
			text = &f.options.Bodies[i]
		case wire.BodyHTML:
			rich = &f.options.Bodies[i]
		}
	}
	switch {
	case rich != nil && (html || text == nil):
		return *rich
	case text != nil:
		return *text
	}
	return none
}

// native is the NativeBodyType of the text.
func (t objectText) native() int {
	if t.html != "" {
		return wire.BodyHTML
	}
	return wire.BodyText
}

// cutText shortens text to n bytes, at a character.
func cutText(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}

// crlfText is text with CRLF line ends.
func crlfText(text string) string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	text = strings.ReplaceAll(text, "\r", "\n")
	return strings.ReplaceAll(text, "\n", "\r\n")
}

// readText returns the Body of a command in both forms; said is false if the device said nothing of it. old is Body of
// 2.5.
func (c *objectCommand) readText(old *string) (t objectText, said bool, err error) {
	d := c.Email.Draft
	switch {
	case old != nil:
		return objectText{plain: *old}, true, nil
	case d == nil || d.Body == nil:
		return t, false, nil
	}
	text, err := c.text()
	if err != nil {
		return t, false, err
	}
	text = strings.ToValidUTF8(text, "\uFFFD")
	if d.Body.Type == wire.BodyHTML && strings.TrimSpace(text) != "" {
		return richText(text), true, nil
	}
	return objectText{plain: text}, true, nil
}

// richText is text that there is as HTML.
func richText(html string) objectText {
	return objectText{plain: strings.TrimSpace(mail.HTMLToText(html)), html: html}
}
