package wbxml

import (
	"fmt"
	"strings"
)

// Kind says what a [Token] is.
type Kind uint8

// The kinds of token. The zero Kind is none of them.
const (
	Start  Kind = iota + 1 // an element begins; an End follows, at once if the element is empty
	End                    // an element ends
	Text                   // a string, inline or from the string table
	Opaque                 // raw bytes
)

// String returns the name of the constant.
func (k Kind) String() string {
	switch k {
	case Start:
		return "Start"
	case End:
		return "End"
	case Text:
		return "Text"
	case Opaque:
		return "Opaque"
	}
	return fmt.Sprintf("Kind(%d)", uint8(k))
}

// A Token is one step through a document.
type Token struct {
	Kind Kind
	Tag  Tag    // the element: begun, ended, or for Text and Opaque the one around
	Data []byte // for Text and Opaque; valid until the next call of a Decoder method; see below

	// Data is nil for a value longer than MaxData, which is read through Decoder.Value instead. An
	// empty value has Data of length zero that is not nil. Text is what the peer sent, without its
	// terminator: it may be invalid UTF-8.
}

// MaxData is the length in bytes up to which a value comes as [Token] Data; longer ones are streams.
const MaxData = 16 << 10

// A Tag names an element: code page in the high byte, token (0x05 to 0x3F) in the low byte.
type Tag uint16

// The range of tokens that are elements; those below are global tokens of WBXML.
const (
	firstTag = 0x05
	lastTag  = 0x3F
)

// MakeTag returns the tag with that token of that code page.
func MakeTag(page, token uint8) Tag { return Tag(page)<<8 | Tag(token) }

// Page returns the number of the code page.
func (t Tag) Page() uint8 { return uint8(t >> 8) }

// Token returns the number within the code page.
func (t Tag) Token() uint8 { return uint8(t) }

// Known reports whether a code page names the tag.
func (t Tag) Known() bool { return t.known() != "" }

// Name returns the name without the code page: "Sync", or "0x3E" where no page names the tag.
func (t Tag) Name() string {
	if s := t.known(); s != "" {
		return s
	}
	return fmt.Sprintf("0x%02X", t.Token())
}

// String returns code page and name: "AirSync:Sync". A tag that no page names is written with numbers,
// "AirSync:0x3E" or "0x1F:0x05". [LookupTag] reads all three forms.
func (t Tag) String() string {
	if p := LookupPage(t.Page()); p != nil {
		return p.Name + ":" + t.Name()
	}
	return fmt.Sprintf("0x%02X:%s", t.Page(), t.Name())
}

// valid reports whether the token can stand for an element at all.
func (t Tag) valid() bool { return t.Token() >= firstTag && t.Token() <= lastTag }

// known returns the name, "" if there is none.
func (t Tag) known() string {
	if p := LookupPage(t.Page()); p != nil && t.Token() <= lastTag {
		return p.Tags[t.Token()]
	}
	return ""
}

// path returns the names of open elements, outermost first.
func path(open []Tag) string {
	names := make([]string, len(open))
	for i, tag := range open {
		names[i] = tag.Name()
	}
	return strings.Join(names, "/")
}
