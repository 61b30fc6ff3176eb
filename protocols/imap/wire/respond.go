package wire

import (
	"strconv"
	"strings"
)

// Kind is the condition of a status response, RFC 9051 section 7.1.
type Kind string

// The conditions.
const (
	OK      Kind = "OK"
	NO      Kind = "NO"
	BAD     Kind = "BAD"
	BYE     Kind = "BYE"
	PREAUTH Kind = "PREAUTH"
)

// Status writes a status response line: an empty tag gives an untagged one, an empty code none. Line ends in the text
// become spaces, and an empty text, which the grammar forbids, a word.
func (w *Writer) Status(tag string, kind Kind, code, text string) {
	if tag == "" {
		tag = "*"
	}
	b := append(append(w.buf, tag...), ' ')
	b = append(append(b, kind...), ' ')
	if code != "" {
		b = append(append(append(b, '['), code...), ']', ' ')
	}
	w.put(append(appendText(b, text), '\r', '\n'))
}

func appendText(b []byte, text string) []byte {
	if text == "" {
		text = "Done"
	}
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c == '\r' || c == '\n' || c == 0 {
			c = ' '
		}
		b = append(b, c)
	}
	return b
}

// Fail writes the answer to a command whose arguments were wrong: BAD, NO where the charset is unknown, or BYE when the
// stream is lost.
func (w *Writer) Fail(tag string, e *Error) {
	kind := BAD
	switch code := e.Code(); {
	case e.Lost:
		w.Status("", BYE, code, "out of step: "+e.Text)
		return
	case strings.HasPrefix(code, "BADCHARSET"):
		kind = NO
	}
	w.Status(tag, kind, e.Code(), e.Text+" (byte "+strconv.FormatInt(e.Pos, 10)+")")
}

// Continue writes a continuation request: "+ text". The text may be empty, as of a SASL challenge.
func (w *Writer) Continue(text string) {
	b := append(w.buf, "+ "...)
	w.put(append(append(b, text...), '\r', '\n'))
}

// Count writes "* n NAME": EXISTS, RECENT, EXPUNGE.
func (w *Writer) Count(n uint32, name string) {
	b := append(w.buf, "* "...)
	b = append(strconv.AppendUint(b, uint64(n), 10), ' ')
	w.put(append(append(b, name...), '\r', '\n'))
}

// FetchLine writes one FETCH response item by item. Its zero value is not usable: see [Writer.Fetch].
type FetchLine struct {
	w     *Writer
	begun bool
}

// Fetch begins "* seq FETCH (", or "* uid UIDFETCH (" when uidOnly (RFC 9586).
func (w *Writer) Fetch(number uint32, uidOnly bool) FetchLine {
	b := append(w.buf, "* "...)
	b = strconv.AppendUint(b, uint64(number), 10)
	if uidOnly {
		w.put(append(b, " UIDFETCH ("...))
	} else {
		w.put(append(b, " FETCH ("...))
	}
	return FetchLine{w: w}
}

// Item writes the name of the next item and a space; the value is written to the Writer then.
func (l *FetchLine) Item(name string) *Writer {
	b := l.between()
	l.w.put(append(append(b, name...), ' '))
	return l.w
}

// Section writes the name of a section item and a space.
func (l *FetchLine) Section(name string, s Section, span *Span) *Writer {
	l.w.put(l.between())
	l.w.Section(name, s, span)
	l.w.Byte(' ')
	return l.w
}

func (l *FetchLine) between() []byte {
	if l.begun {
		return append(l.w.buf, ' ')
	}
	l.begun = true
	return l.w.buf
}

// Empty reports whether the line has no item yet, which the grammar does not allow it to end with.
func (l *FetchLine) Empty() bool { return !l.begun }

// End closes the line.
func (l *FetchLine) End() { l.w.put(append(l.w.buf, ")\r\n"...)) }

// Vanished writes a VANISHED response, RFC 7162 section 3.2.10, unless the set is empty.
func (w *Writer) Vanished(earlier bool, uids Set) {
	if len(uids) == 0 {
		return
	}
	b := append(w.buf, "* VANISHED "...)
	if earlier {
		b = append(b, "(EARLIER) "...)
	}
	w.put(append(uids.Append(b), '\r', '\n'))
}

// ESearch is an ESEARCH response, RFC 9051 section 7.3.4. What is zero is left out.
type ESearch struct {
	Tag        string // of the command; empty: no correlator
	Mailbox    string // RFC 7377
	Validity   uint32 // UIDVALIDITY that goes with Mailbox
	UID        bool
	Min, Max   uint32
	Counted    bool
	Count      uint32
	All        Set
	Order      []uint32 // ALL in an order, of ESORT
	Partial    *Window  // RFC 9394: what of the result Results are
	Results    Set      // empty: NIL
	InOrder    []uint32 // Results in an order, of ESORT
	ModSeq     uint64   // RFC 7162
	Position   uint32   // where AddTo came in the order of a SORT, counted from 1; 0: in no order
	AddTo      Set      // RFC 5267: ADDTO (position …)
	RemoveFrom Set      // REMOVEFROM (0 …)
}

// ESearch writes an ESEARCH response.
func (w *Writer) ESearch(e *ESearch) {
	b := append(w.buf, "* ESEARCH"...)
	if e.Tag != "" {
		b = AppendString(append(b, " (TAG "...), e.Tag, false)
		if e.Validity != 0 {
			b = AppendMailbox(append(b, " MAILBOX "...), e.Mailbox, w.UTF8)
			b = appendNumber(b, " UIDVALIDITY ", uint64(e.Validity))
		}
		b = append(b, ')')
	}
	if e.UID {
		b = append(b, " UID"...)
	}
	b = appendNumber(b, " MIN ", uint64(e.Min))
	b = appendNumber(b, " MAX ", uint64(e.Max))
	if e.Counted {
		b = strconv.AppendUint(append(b, " COUNT "...), uint64(e.Count), 10)
	}
	b = appendResult(b, " ALL ", e.All, e.Order)
	if e.Partial != nil {
		b = append(e.Partial.append(append(b, " PARTIAL ("...)), ' ')
		if len(e.Results) == 0 && len(e.InOrder) == 0 {
			b = append(b, "NIL"...)
		}
		b = append(appendResult(b, "", e.Results, e.InOrder), ')')
	}
	if len(e.AddTo) > 0 {
		b = strconv.AppendUint(append(b, " ADDTO ("...), uint64(e.Position), 10)
		b = append(e.AddTo.Append(append(b, ' ')), ')')
	}
	if len(e.RemoveFrom) > 0 {
		b = append(e.RemoveFrom.Append(append(b, " REMOVEFROM (0 "...)), ')')
	}
	w.put(append(appendNumber(b, " MODSEQ ", e.ModSeq), '\r', '\n'))
}

func appendNumber(b []byte, name string, n uint64) []byte {
	if n == 0 {
		return b
	}
	return strconv.AppendUint(append(b, name...), n, 10)
}

func appendResult(b []byte, name string, set Set, order []uint32) []byte {
	if len(set) == 0 && len(order) == 0 {
		return b
	}
	b = append(b, name...)
	if len(order) > 0 {
		return AppendNumbers(b, order)
	}
	return set.Append(b)
}

// Response codes with arguments, RFC 9051 section 7.1 and 7162, for [Writer.Status].

// CodeNumber is a code with one number: UIDNEXT, UIDVALIDITY, HIGHESTMODSEQ, UNSEEN.
func CodeNumber(name string, n uint64) string { return name + " " + strconv.FormatUint(n, 10) }

// CodePermanentFlags is PERMANENTFLAGS; any says that new keywords may be made.
func CodePermanentFlags(flags []string, any bool) string {
	b := AppendFlags([]byte("PERMANENTFLAGS "), flags)
	if any {
		b = b[:len(b)-1]
		if len(flags) > 0 {
			b = append(b, ' ')
		}
		b = append(b, `\*)`...)
	}
	return string(b)
}

// CodeAppendUID is APPENDUID, RFC 9051 section 7.1, of one message or of several.
func CodeAppendUID(validity uint32, uids []uint32) string {
	return string(AppendNumbers([]byte(CodeNumber("APPENDUID", uint64(validity))+" "), uids))
}

// CodeCopyUID is COPYUID: uids[i] of the source became copies[i].
func CodeCopyUID(validity uint32, uids, copies []uint32) string {
	b := AppendNumbers([]byte(CodeNumber("COPYUID", uint64(validity))+" "), uids)
	return string(AppendNumbers(append(b, ' '), copies))
}

// CodeModified is MODIFIED of a conditional STORE, RFC 7162 section 3.1.3.
func CodeModified(failed Set) string { return "MODIFIED " + failed.String() }
