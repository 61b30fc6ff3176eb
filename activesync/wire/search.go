package wire

import (
	"io"
	"strconv"

	"github.com/gannetmail/gannet/wbxml"
)

// Bounds of a query.
const (
	maxSearchTerms = 100
	maxSearchDepth = 10
)

// SearchRequest asks a store for what meets a query. MS-ASCMD, Search.
type SearchRequest struct {
	Store   string       // Name, as the client wrote it: Mailbox, GAL, DocumentLibrary
	Text    string       // of the query where it is text, as that of GAL
	Terms   []SearchTerm // of the query where it is made of elements
	Options SearchOptions
}

// SearchOp is what a SearchTerm asks for.
type SearchOp uint8

// The elements of a query.
const (
	SearchProperty     SearchOp = iota // any other element: Tag
	SearchAnd                          // Terms
	SearchOr                           // Terms
	SearchFreeText                     // Value
	SearchClass                        // Value
	SearchCollection                   // Value
	SearchConversation                 // Value, raw bytes
	SearchEqual                        // Tag, Value
	SearchGreater                      // Tag, Value
	SearchLess                         // Tag, Value
)

// SearchTerm is an element of a query.
type SearchTerm struct {
	Op    SearchOp
	Terms []SearchTerm
	Tag   wbxml.Tag // the property that is compared; the element itself where it is none of the others. 0: none
	Value string
}

// SearchOptions say which of what is found a client wants, and in which form. User name and password for a document
// library are passed over.
type SearchOptions struct {
	Range         string // "m-n", zero-based, both included; empty: absent
	DeepTraversal bool   // folders below those that are named too
	Rebuild       bool   // RebuildResults: nothing that was found before
	Picture       *PictureRequest
	Form          Options // BodyPreference, BodyPartPreference, MIMESupport
}

// ReadSearch reads a request.
func ReadSearch(body io.Reader) (SearchRequest, error) {
	var q SearchRequest
	r, _, err := newReader(body, wbxml.SearchSearch)
	if err != nil {
		return q, err
	}
	err = r.each(func(tag wbxml.Tag) error {
		if tag != wbxml.SearchStore {
			return nil
		}
		q = SearchRequest{}
		return r.each(func(tag wbxml.Tag) error {
			switch tag {
			case wbxml.SearchName:
				return r.short(&q.Store, maxKey)
			case wbxml.SearchQuery:
				count := 0
				return r.searchTerms(&q.Terms, &q.Text, 0, &count)
			case wbxml.SearchOptions:
				return r.searchOptions(&q.Options)
			}
			return nil
		})
	})
	if err == nil && q.Store == "" {
		err = r.fail("no store to search")
	}
	return q, err
}

func (r *reader) searchOptions(o *SearchOptions) error {
	return r.options(&o.Form, func(tag wbxml.Tag) error {
		switch tag {
		case wbxml.SearchRange:
			return r.short(&o.Range, maxKey)
		case wbxml.SearchDeepTraversal:
			return r.flag(&o.DeepTraversal)
		case wbxml.SearchRebuildResults:
			return r.flag(&o.Rebuild)
		case wbxml.SearchPicture:
			o.Picture = &PictureRequest{-1, -1}
			return r.pictureRequest(o.Picture, wbxml.SearchMaxSize, wbxml.SearchMaxPictures)
		}
		return nil
	})
}

// searchTerms reads what the innermost open element holds, elements and text, and leaves it.
func (r *reader) searchTerms(into *[]SearchTerm, text *string, depth int, count *int) error {
	if depth > maxSearchDepth {
		return r.fail("a query too deep")
	}
	outside := r.depth - 1
	for {
		tok, err := r.next()
		switch {
		case err != nil:
			return err
		case tok.Kind == wbxml.End && r.depth == outside:
			return nil
		case tok.Kind == wbxml.Text, tok.Kind == wbxml.Opaque:
			if err := r.looseText(text); err != nil {
				return err
			}
		case tok.Kind == wbxml.Start:
			if *count++; *count > maxSearchTerms {
				return r.fail("a query of too many elements")
			}
			var t SearchTerm
			if err := r.searchTerm(&t, tok.Tag, depth, count); err != nil {
				return err
			}
			*into = append(*into, t)
		}
	}
}

// looseText adds the text that was just met to what stands there.
func (r *reader) looseText(into *string) error {
	room := int64(MaxText - len(*into))
	raw, err := io.ReadAll(io.LimitReader(r.d.Value(), room+1))
	if err != nil {
		return err
	}
	if int64(len(raw)) > room {
		return r.fail("too much text")
	}
	*into += string(raw)
	return nil
}

func (r *reader) searchTerm(t *SearchTerm, tag wbxml.Tag, depth int, count *int) error {
	var passed string
	switch tag {
	case wbxml.SearchAnd:
		t.Op = SearchAnd
		return r.searchTerms(&t.Terms, &passed, depth+1, count)
	case wbxml.SearchOr:
		t.Op = SearchOr
		return r.searchTerms(&t.Terms, &passed, depth+1, count)
	case wbxml.SearchFreeText:
		t.Op = SearchFreeText
		return r.text(&t.Value)
	case wbxml.AirSyncClass:
		t.Op = SearchClass
		return r.short(&t.Value, maxKey)
	case wbxml.AirSyncCollectionId:
		t.Op = SearchCollection
		return r.short(&t.Value, maxKey)
	case wbxml.SearchConversationId:
		t.Op = SearchConversation
		return r.short(&t.Value, maxKey)
	case wbxml.SearchEqualTo:
		t.Op = SearchEqual
		return r.comparison(t)
	case wbxml.SearchGreaterThan:
		t.Op = SearchGreater
		return r.comparison(t)
	case wbxml.SearchLessThan:
		t.Op = SearchLess
		return r.comparison(t)
	}
	t.Tag = tag
	return r.skip()
}

// comparison reads a property and the value that it is compared with.
func (r *reader) comparison(t *SearchTerm) error {
	return r.each(func(tag wbxml.Tag) error {
		if tag == wbxml.SearchValue {
			return r.text(&t.Value)
		}
		t.Tag = tag
		return nil
	})
}

// A SearchWriter writes the answer to a Search, result by result.
type SearchWriter struct{ e *wbxml.Encoder }

// NewSearchWriter opens an answer with the status of its store.
func NewSearchWriter(e *wbxml.Encoder, status int) *SearchWriter {
	e.Start(wbxml.SearchSearch)
	elemInt(e, wbxml.SearchStatus, 1)
	e.Start(wbxml.SearchResponse)
	e.Start(wbxml.SearchStore)
	elemInt(e, wbxml.SearchStatus, status)
	return &SearchWriter{e}
}

// Message writes a message that was found; properties writes what stands in Properties.
func (w *SearchWriter) Message(longID, collectionID string, properties func()) {
	w.e.Start(wbxml.SearchResult)
	w.e.Elem(wbxml.AirSyncClass, "Email")
	w.e.Elem(wbxml.SearchLongId, longID)
	w.e.Elem(wbxml.AirSyncCollectionId, collectionID)
	w.e.Start(wbxml.SearchProperties)
	properties()
	w.e.End()
	w.e.End()
}

// Person writes somebody who was found.
func (w *SearchWriter) Person(p *DirectoryEntry) {
	w.e.Start(wbxml.SearchResult)
	w.e.Start(wbxml.SearchProperties)
	p.Write(w.e)
	w.e.End()
	w.e.End()
}

// Nothing writes the one empty result that says that a mailbox has nothing.
func (w *SearchWriter) Nothing() { w.e.Empty(wbxml.SearchResult) }

// Range says which results these are, of how many; without results it is left out.
func (w *SearchWriter) Range(first, count, total int) {
	if count > 0 {
		w.e.Elem(wbxml.SearchRange, resultRange(first, count))
		elemInt(w.e, wbxml.SearchTotal, total)
	}
}

// Close ends the answer.
func (w *SearchWriter) Close() {
	for range 3 {
		w.e.End()
	}
}

// resultRange writes places of results: 0-9.
func resultRange(first, count int) string {
	return strconv.Itoa(first) + "-" + strconv.Itoa(first+count-1)
}

// DirectoryEntry is somebody in the address list. MS-ASCMD, Properties (Search, Find).
type DirectoryEntry struct {
	Display, Phone, Office, Title, Company, Alias string
	First, Last, HomePhone, MobilePhone, Address  string
	Picture                                       *Picture // nil: left out
}

// Write writes the entry as children of the element that is open. FirstName stands there even without a value: phones of
// Nokia need it.
func (p *DirectoryEntry) Write(e *wbxml.Encoder) {
	e.Elem(wbxml.GALDisplayName, p.Display)
	elemText(e, wbxml.GALPhone, p.Phone)
	elemText(e, wbxml.GALOffice, p.Office)
	elemText(e, wbxml.GALTitle, p.Title)
	elemText(e, wbxml.GALCompany, p.Company)
	elemText(e, wbxml.GALAlias, p.Alias)
	e.Elem(wbxml.GALFirstName, p.First)
	elemText(e, wbxml.GALLastName, p.Last)
	elemText(e, wbxml.GALHomePhone, p.HomePhone)
	elemText(e, wbxml.GALMobilePhone, p.MobilePhone)
	e.Elem(wbxml.GALEmailAddress, p.Address)
	if p.Picture != nil {
		e.Start(wbxml.GALPicture)
		elemInt(e, wbxml.GALStatus, p.Picture.Status)
		elemBase64(e, wbxml.GALData, p.Picture.Data)
		e.End()
	}
}
