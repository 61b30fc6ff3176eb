package wire

import "strings"

// FetchKind is what an item of FETCH asks for.
type FetchKind uint8

// The items of FETCH. Those of extensions name them.
const (
	FetchFlags         FetchKind = iota + 1
	FetchUID                     // UID
	FetchInternalDate            // INTERNALDATE
	FetchSize                    // RFC822.SIZE
	FetchEnvelope                // ENVELOPE
	FetchBody                    // BODY: the structure without extension data
	FetchBodyStructure           // BODYSTRUCTURE
	FetchSection                 // BODY[…], RFC822, RFC822.HEADER, RFC822.TEXT
	FetchBinary                  // BINARY[…], RFC 3516
	FetchBinarySize              // BINARY.SIZE[…]
	FetchModSeq                  // MODSEQ, RFC 7162
	FetchEmailID                 // EMAILID, RFC 8474
	FetchThreadID                // THREADID
	FetchSaveDate                // SAVEDATE, RFC 8514
	FetchPreview                 // PREVIEW, RFC 8970
)

// FetchItem is one item.
type FetchItem struct {
	Kind    FetchKind
	Peek    bool    // of FetchSection and FetchBinary: \Seen is not set
	Lazy    bool    // of FetchPreview: only if it costs nothing
	Section Section // of FetchSection, FetchBinary, FetchBinarySize
	Span    *Span   // of FetchSection and FetchBinary; nil: all
	Legacy  string  // RFC822, RFC822.HEADER, RFC822.TEXT: what the answer calls it; else empty
}

// Fetch is the arguments of FETCH and UID FETCH, RFC 9051 section 6.4.5.
type Fetch struct {
	Set          SeqSet
	Items        []FetchItem // macros written out
	ChangedSince uint64      // RFC 7162 section 3.1.4.1; 0: not given
	Vanished     bool        // RFC 7162 section 3.2.6
	Partial      *Window     // RFC 9394 section 3.3
}

// Fetch reads the arguments of FETCH and the end of the command. VANISHED and PARTIAL are refused outside of UID FETCH.
func (r *Reader) Fetch(uid bool) (Fetch, error) {
	var f Fetch
	r.Space()
	f.Set = r.SeqSet()
	r.Space()
	f.Items = r.FetchItems()
	if r.accept(' ') && r.peek() == '(' {
		r.list(false, func() { r.fetchModifier(&f) })
		if (f.Vanished || f.Partial != nil) && !uid {
			r.fail("a modifier of UID FETCH only")
		}
		if f.Vanished && f.ChangedSince == 0 {
			r.fail("VANISHED without CHANGEDSINCE")
		}
	}
	return f, r.End()
}

func (r *Reader) fetchModifier(f *Fetch) {
	switch r.word() {
	case "CHANGEDSINCE":
		r.Space()
		if f.ChangedSince = r.Number64(); f.ChangedSince == 0 {
			r.fail("CHANGEDSINCE of zero")
		}
	case "VANISHED":
		f.Vanished = true
	case "PARTIAL":
		r.Space()
		w := r.window()
		f.Partial = &w
	default:
		r.fail("an unknown modifier of FETCH")
	}
}

// macros of RFC 9051 section 6.4.5.
var macros = map[string][]FetchKind{
	"ALL":  {FetchFlags, FetchInternalDate, FetchSize, FetchEnvelope},
	"FAST": {FetchFlags, FetchInternalDate, FetchSize},
	"FULL": {FetchFlags, FetchInternalDate, FetchSize, FetchEnvelope, FetchBody},
}

// FetchItems reads a macro, an item, or a list of items.
func (r *Reader) FetchItems() []FetchItem {
	var items []FetchItem
	if r.peek() == '(' {
		r.list(false, func() { items = append(items, r.fetchItem(r.fetchName())) })
		return items
	}
	name := r.fetchName()
	for _, kind := range macros[name] {
		items = append(items, FetchItem{Kind: kind})
	}
	if items == nil {
		items = append(items, r.fetchItem(name))
	}
	return items
}

func (r *Reader) fetchName() string { return upper(r.run(keyChar, "an item of FETCH")) }

// plainItems are those that are a name and nothing else.
var plainItems = map[string]FetchKind{
	"FLAGS":         FetchFlags,
	"UID":           FetchUID,
	"INTERNALDATE":  FetchInternalDate,
	"RFC822.SIZE":   FetchSize,
	"ENVELOPE":      FetchEnvelope,
	"BODYSTRUCTURE": FetchBodyStructure,
	"MODSEQ":        FetchModSeq,
	"EMAILID":       FetchEmailID,
	"THREADID":      FetchThreadID,
	"SAVEDATE":      FetchSaveDate,
}

func (r *Reader) fetchItem(name string) FetchItem {
	if kind, ok := plainItems[name]; ok {
		return FetchItem{Kind: kind}
	}
	base, peek := strings.CutSuffix(name, ".PEEK")
	switch {
	case r.err != nil:
	case name == "BODY" && r.peek() != '[':
		return FetchItem{Kind: FetchBody}
	case base == "BODY":
		return FetchItem{Kind: FetchSection, Peek: peek, Section: r.section(false), Span: r.span()}
	case base == "BINARY":
		return FetchItem{Kind: FetchBinary, Peek: peek, Section: r.section(true), Span: r.span()}
	case name == "BINARY.SIZE":
		return FetchItem{Kind: FetchBinarySize, Section: r.section(true)}
	case name == "RFC822":
		return FetchItem{Kind: FetchSection, Legacy: name}
	case name == "RFC822.HEADER":
		return FetchItem{Kind: FetchSection, Legacy: name, Peek: true, Section: Section{Text: SectionHeader}}
	case name == "RFC822.TEXT":
		return FetchItem{Kind: FetchSection, Legacy: name, Section: Section{Text: SectionBody}}
	case name == "PREVIEW":
		return r.preview()
	default:
		r.fail("an unknown item of FETCH")
	}
	return FetchItem{}
}

// preview reads what follows PREVIEW: nothing, or (LAZY). Behind a single PREVIEW the parenthesis may also be that of the
// modifiers, none of which begins with an L.
func (r *Reader) preview() FetchItem {
	item := FetchItem{Kind: FetchPreview}
	if !r.parenthesisFollows() {
		return item
	}
	if next, _ := r.br.Peek(2); len(next) < 2 || next[1]|0x20 != 'l' {
		return item
	}
	r.Space()
	r.list(false, func() {
		if r.word() != "LAZY" {
			r.fail("an unknown modifier of PREVIEW")
		}
	})
	item.Lazy = true
	return item
}

// parenthesisFollows reports whether a space and a parenthesis come next, and takes neither. Each byte looked at is one
// that must come, so that looking never waits for what the client won't send.
func (r *Reader) parenthesisFollows() bool {
	if r.peek() != ' ' {
		return false
	}
	next, _ := r.br.Peek(1)
	return len(next) == 1 && next[0] == '('
}
