package wire

import "strings"

// SearchOp is what a key of a search compares.
type SearchOp uint8

// The operations. The fields of Key that each uses are named beside it.
const (
	SearchAll         SearchOp = iota // every message
	SearchAnd                         // Keys: all of them
	SearchOr                          // Keys: one of the two
	SearchNot                         // Keys: not the one
	SearchFuzzy                       // Keys: the one, approximately, RFC 6203
	SearchSeq                         // Set, of sequence numbers; or $
	SearchUID                         // Set, of UIDs; or $
	SearchFlag                        // Text: the flag; UNSEEN is a Not around it
	SearchRecent                      // RECENT, of IMAP4rev1
	SearchHeader                      // Field, Text; Text empty: the field is there
	SearchBody                        // Text
	SearchText                        // Text, header or body
	SearchBefore                      // Date, compared with the internal date
	SearchOn                          // Date
	SearchSince                       // Date
	SearchSentBefore                  // Date, compared with the Date field
	SearchSentOn                      // Date
	SearchSentSince                   // Date
	SearchSavedBefore                 // Date, compared with the save date, RFC 8514
	SearchSavedOn                     // Date
	SearchSavedSince                  // Date
	SearchSaveDate                    // SAVEDATESUPPORTED
	SearchLarger                      // Number: octets
	SearchSmaller                     // Number: octets
	SearchOlder                       // Number: seconds, RFC 5032
	SearchYounger                     // Number: seconds
	SearchModSeq                      // Number; Field and Text: entry name and type when given, RFC 7162 section 3.1.5
	SearchEmailID                     // Text, RFC 8474
	SearchThreadID                    // Text
)

// Key is a node of a search program.
type Key struct {
	Op     SearchOp
	Keys   []Key
	Set    SeqSet
	Field  string // name of a header field in upper case
	Text   string
	Date   Date
	Number uint64
}

// Return is the result options of SEARCH, SORT and ESEARCH: RFC 9051 section 6.4.4, RFC 5267, RFC 9394.
type Return struct {
	Given                bool // RETURN stood there: the answer is ESEARCH. An empty list means All
	Min, Max, All, Count bool
	Save                 bool // RFC 9051 section 6.4.4.1
	Partial              *Window
	Update, Context      bool // RFC 5267
	Relevancy            bool // RFC 6203
}

// Search is the arguments of SEARCH and UID SEARCH.
type Search struct {
	Return  Return
	Charset string // upper case; empty: not given. Only UTF-8 and US-ASCII pass
	Program Key
}

// Search reads the arguments of SEARCH and the end of the command. A charset other than UTF-8 and US-ASCII is an error
// with ErrCharset, whose answer is NO.
func (r *Reader) Search() (Search, error) {
	var s Search
	r.Space()
	name, given := r.searchWord()
	r.searchArguments(&s, name, given)
	return s, r.End()
}

// searchArguments reads from RETURN on, or from the word that stood there instead.
func (r *Reader) searchArguments(s *Search, name string, given bool) {
	if given && name == "RETURN" {
		r.Space()
		s.Return = r.returnOptions()
		r.Space()
		name, given = r.searchWord()
	}
	if given && name == "CHARSET" {
		r.Space()
		s.Charset = r.charset()
		r.Space()
		name, given = r.searchWord()
	}
	s.Program = r.program(name, given)
}

func (r *Reader) charset() string {
	name := upper(r.Astring())
	if r.err == nil && name != "UTF-8" && name != "US-ASCII" {
		r.failWith(ErrCharset, "an unknown charset")
	}
	return name
}

// searchWord reads the name of a key if a name stands here and no set or parenthesis.
func (r *Reader) searchWord() (string, bool) {
	if c := r.peek() | 0x20; c < 'a' || c > 'z' {
		return "", false
	}
	return r.word(), true
}

// program reads keys up to the end of the line, the name of the first already read when given.
func (r *Reader) program(name string, given bool) Key {
	keys := []Key{r.key(name, given)}
	for r.More() {
		keys = append(keys, r.nextKey())
	}
	return all(keys)
}

// all joins keys with And where there are several.
func all(keys []Key) Key {
	if len(keys) == 1 {
		return keys[0]
	}
	return Key{Op: SearchAnd, Keys: keys}
}

func (r *Reader) returnOptions() Return {
	o := Return{Given: true}
	r.list(true, func() {
		switch r.word() {
		case "MIN":
			o.Min = true
		case "MAX":
			o.Max = true
		case "ALL":
			o.All = true
		case "COUNT":
			o.Count = true
		case "SAVE":
			o.Save = true
		case "UPDATE":
			o.Update = true
		case "CONTEXT":
			o.Context = true
		case "RELEVANCY":
			o.Relevancy = true
		case "PARTIAL":
			r.Space()
			w := r.window()
			o.Partial = &w
		default:
			r.fail("an unknown result option")
		}
	})
	if o.Partial != nil && o.All {
		r.fail("PARTIAL together with ALL")
	}
	if o == (Return{Given: true}) {
		o.All = true
	}
	return o
}

// nextKey reads one key with all that belongs to it.
func (r *Reader) nextKey() Key { return r.key(r.searchWord()) }

func (r *Reader) key(name string, given bool) Key {
	r.enter()
	defer r.leave()
	switch {
	case r.err != nil:
		return Key{}
	case r.peek() == '(' && !given:
		var keys []Key
		r.list(false, func() { keys = append(keys, r.nextKey()) })
		return all(keys)
	case !given:
		return Key{Op: SearchSeq, Set: r.SeqSet()}
	}
	switch name {
	case "ALL":
		return Key{Op: SearchAll}
	case "NOT":
		r.Space()
		return not(r.nextKey())
	case "FUZZY":
		r.Space()
		return Key{Op: SearchFuzzy, Keys: []Key{r.nextKey()}}
	case "OR":
		r.Space()
		a := r.nextKey()
		r.Space()
		return Key{Op: SearchOr, Keys: []Key{a, r.nextKey()}}
	}
	if k, ok := flagKey(name); ok {
		return k
	}
	if op, ok := dateKeys[name]; ok {
		r.Space()
		return Key{Op: op, Date: r.Date()}
	}
	return r.argumentKey(name)
}

func not(k Key) Key { return Key{Op: SearchNot, Keys: []Key{k}} }

// flagKey makes the keys that are a flag's name: SEEN, UNSEEN; and NEW, OLD, RECENT of IMAP4rev1.
func flagKey(name string) (Key, bool) {
	recent := Key{Op: SearchRecent}
	switch name {
	case "RECENT":
		return recent, true
	case "OLD":
		return not(recent), true
	case "NEW":
		return Key{Op: SearchAnd, Keys: []Key{recent, not(Key{Op: SearchFlag, Text: `\Seen`})}}, true
	}
	bare, negated := strings.CutPrefix(name, "UN")
	for _, f := range systemFlags {
		if strings.EqualFold(f[1:], bare) {
			if k := (Key{Op: SearchFlag, Text: f}); negated {
				return not(k), true
			} else {
				return k, true
			}
		}
	}
	return Key{}, false
}

var dateKeys = map[string]SearchOp{
	"BEFORE": SearchBefore, "ON": SearchOn, "SINCE": SearchSince,
	"SENTBEFORE": SearchSentBefore, "SENTON": SearchSentOn, "SENTSINCE": SearchSentSince,
	"SAVEDBEFORE": SearchSavedBefore, "SAVEDON": SearchSavedOn, "SAVEDSINCE": SearchSavedSince,
}

// argumentKey reads the keys with a string, number, flag or set behind them.
func (r *Reader) argumentKey(name string) Key {
	if name == "SAVEDATESUPPORTED" {
		return Key{Op: SearchSaveDate}
	}
	switch name {
	case "FROM", "TO", "CC", "BCC", "SUBJECT":
		r.Space()
		return Key{Op: SearchHeader, Field: name, Text: r.searchText()}
	case "HEADER":
		r.Space()
		field := upper(r.fieldName())
		r.Space()
		return Key{Op: SearchHeader, Field: field, Text: r.searchText()}
	case "BODY":
		r.Space()
		return Key{Op: SearchBody, Text: r.searchText()}
	case "TEXT":
		r.Space()
		return Key{Op: SearchText, Text: r.searchText()}
	case "UID":
		r.Space()
		return Key{Op: SearchUID, Set: r.SeqSet()}
	case "KEYWORD":
		r.Space()
		return Key{Op: SearchFlag, Text: r.run(atomChar, "a keyword")}
	case "UNKEYWORD":
		r.Space()
		return not(Key{Op: SearchFlag, Text: r.run(atomChar, "a keyword")})
	case "LARGER":
		r.Space()
		return Key{Op: SearchLarger, Number: r.Number64()}
	case "SMALLER":
		r.Space()
		return Key{Op: SearchSmaller, Number: r.Number64()}
	case "OLDER":
		r.Space()
		return Key{Op: SearchOlder, Number: uint64(r.NZNumber())}
	case "YOUNGER":
		r.Space()
		return Key{Op: SearchYounger, Number: uint64(r.NZNumber())}
	case "MODSEQ":
		r.Space()
		return r.modSeqKey()
	case "EMAILID":
		r.Space()
		return Key{Op: SearchEmailID, Text: r.Astring()}
	case "THREADID":
		r.Space()
		return Key{Op: SearchThreadID, Text: r.Astring()}
	}
	r.fail("an unknown search key")
	return Key{}
}

// searchText reads a string to look for. It is UTF-8 under every charset that passes.
func (r *Reader) searchText() string {
	s := r.Astring()
	return strings.ToValidUTF8(s, "\uFFFD")
}

func (r *Reader) modSeqKey() Key {
	k := Key{Op: SearchModSeq}
	if r.peek() == '"' {
		k.Field = r.String()
		r.Space()
		switch k.Text = r.word(); k.Text {
		case "PRIV", "SHARED", "ALL":
		default:
			r.fail("expected priv, shared or all")
		}
		r.Space()
	}
	k.Number = r.Number64()
	return k
}
