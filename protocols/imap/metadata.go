package imap

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gannetmail/gannet/protocols/imap/wire"
	"github.com/gannetmail/gannet/store"
)

// metadataCommands are those of RFC 5464.
var metadataCommands = map[string]command{
	"GETMETADATA": {run: getMetadata, in: inside, of: "METADATA"},
	"SETMETADATA": {run: setMetadata, in: inside, of: "METADATA"},
}

// Kinds of entries, RFC 5464 section 2.
const (
	private = "/private/"
	common  = "/shared/"
	useName = "/private/specialuse" // RFC 6154 section 4
)

// mayAnnotate reports whether rights let annotations be read and private ones be set, RFC 5464 section 3.3. To set shared
// ones the right to write is wanted too.
func mayAnnotate(r store.Rights) bool {
	return r&store.MayLookup != 0 && r&(store.MayRead|store.MayKeepSeen|store.MayWrite|store.MayInsert|store.MayPost) != 0
}

// noted finds what a name stands for in METADATA: nil for the empty one, which is the server.
func (s *session) noted(name string) (*mailbox, error) {
	if name == "" {
		return nil, nil
	}
	m, err := s.find(name, store.MayLookup)
	if err == nil && !mayAnnotate(m.rights) {
		err = errDenied
	}
	return m, err
}

// noteID is the collection that annotations belong to.
func noteID(m *mailbox) store.CollectionID {
	if m == nil {
		return 0
	}
	return m.c.ID
}

// readAnnotations reads private ones from the session's account, shared ones from the owner's.
func (s *session) readAnnotations(m *mailbox) (all []store.Annotation, err error) {
	keep := func(list []store.Annotation, kind string) {
		for _, a := range list {
			if strings.HasPrefix(a.Name, kind) {
				all = append(all, a)
			}
		}
	}
	err = s.view(s.acct.ID, func(r store.Reader) error {
		list, err := r.Annotations(noteID(m))
		if err != nil {
			return err
		}
		keep(list, private)
		if m == nil || m.owner == s.acct.ID {
			keep(list, common)
		}
		return nil
	})
	if err == nil && m != nil && m.owner != s.acct.ID {
		err = s.view(m.owner, func(r store.Reader) error {
			rights, err := s.rightsOn(r, m.owner, m.c.ID)
			if err != nil {
				return err
			}
			if !mayAnnotate(rights) {
				return errDenied
			}
			list, err := r.Annotations(m.c.ID)
			keep(list, common)
			return err
		})
	}
	if m != nil && uses[m.role()] != "" {
		all = append(all, store.Annotation{Name: useName, Value: []byte(uses[m.role()])})
	}
	slices.SortFunc(all, func(a, b store.Annotation) int { return strings.Compare(a.Name, b.Name) })
	return all, err
}

// wanted is what GETMETADATA asks for, RFC 5464 section 4.2.
type wanted struct {
	entries []string // in lower case
	maxSize uint64   // of a value, in bytes
	depth   int      // levels below the entries that are shown
}

// getMetadata is GETMETADATA, RFC 5464 section 4.2. Its options may stand before the mailbox, as in the grammar, and
// behind it, as in the examples.
func getMetadata(s *session, _ wire.Command) reply {
	g := wanted{maxSize: math.MaxUint64}
	s.r.Space()
	if s.r.Opens() {
		g.readOptions(s.r)
		s.r.Space()
	}
	name := s.r.Mailbox()
	s.r.Space()
	g.readEntries(s.r)
	if len(g.entries) == 0 {
		s.r.Space()
		g.readEntries(s.r)
	}
	if err := s.r.End(); err != nil {
		return malformed(err)
	}
	for i, e := range g.entries {
		e = strings.ToLower(e)
		if g.entries[i] = e; !isEntry(e) && e+"/" != private && e+"/" != common {
			return bad("entries begin with /private/ or /shared/ and have no wildcards")
		}
	}
	if len(g.entries) == 0 {
		return bad("no entries are asked for")
	}
	m, err := s.noted(name)
	if err != nil {
		return s.failed("metadata", err)
	}
	all, err := s.readAnnotations(m)
	if err != nil {
		return s.failed("metadata", err)
	}
	return s.putMetadata(m, all, &g)
}

// readEntries reads one entry, a list of them, or a list of options: entries begin with a slash.
func (g *wanted) readEntries(r *wire.Reader) {
	if !r.Opens() {
		g.entries = append(g.entries, r.Astring())
		return
	}
	options := false
	r.Elements(func() {
		switch word := r.Astring(); {
		case strings.HasPrefix(word, "/") && !options:
			g.entries = append(g.entries, word)
		case len(g.entries) == 0:
			options = true
			g.option(r, word)
		default:
			r.Fail("an entry that does not begin with a slash")
		}
	})
}

func (g *wanted) readOptions(r *wire.Reader) {
	r.Elements(func() { g.option(r, r.Atom()) })
}

// option reads what follows the name of an option.
func (g *wanted) option(r *wire.Reader, name string) {
	switch strings.ToUpper(name) {
	case "MAXSIZE":
		r.Space()
		g.maxSize = r.Number64()
	case "DEPTH":
		r.Space()
		switch strings.ToLower(r.Atom()) {
		case "0":
			g.depth = 0
		case "1":
			g.depth = 1
		case "infinity":
			g.depth = math.MaxInt
		default:
			r.Fail("a depth is 0, 1 or infinity")
		}
	default:
		r.Fail("an unknown option of GETMETADATA")
	}
}

// isEntry reports whether a name, in lower case, is that of an entry: RFC 5464 section 3.1.
func isEntry(name string) bool {
	return (strings.HasPrefix(name, private) || strings.HasPrefix(name, common)) && isEntryText(name)
}

func isEntryText(name string) bool {
	if strings.HasSuffix(name, "/") || strings.Contains(name, "//") || len(name) > 255 {
		return false
	}
	return !strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r >= 0x7f || r == '*' || r == '%' })
}

// choose returns the annotations that are asked for. An entry that is asked for by its name alone and has no value is
// among them, with nil.
func (g *wanted) choose(all []store.Annotation) (list []store.Annotation) {
	asked := make(map[string]bool, len(g.entries))
	for _, e := range g.entries {
		asked[e] = true
	}
	for _, a := range all {
		if asked[a.Name] || g.depth > 0 && slices.ContainsFunc(g.entries, func(e string) bool { return within(a.Name, e, g.depth) }) {
			list = append(list, store.Annotation{Name: a.Name, Value: append([]byte{}, a.Value...)})
			delete(asked, a.Name)
		}
	}
	if g.depth == 0 {
		for _, e := range g.entries {
			if asked[e] {
				list = append(list, store.Annotation{Name: e})
				delete(asked, e)
			}
		}
	}
	return list
}

// putMetadata writes what is asked for of all annotations.
func (s *session) putMetadata(m *mailbox, all []store.Annotation, g *wanted) reply {
	longest, open := 0, " ("
	for _, a := range g.choose(all) {
		if uint64(len(a.Value)) > g.maxSize {
			longest = max(longest, len(a.Value))
			continue
		}
		if open == " (" {
			s.w.Raw("* METADATA ")
			s.putNoted(m)
		}
		s.w.Raw(open)
		open = " "
		s.w.Astring(a.Name)
		s.w.Byte(' ')
		if bytes.IndexByte(a.Value, 0) >= 0 {
			s.w.Literal(int64(len(a.Value)), bytes.NewReader(a.Value), true)
		} else {
			s.w.NString(string(a.Value), a.Value != nil)
		}
	}
	if open == " " {
		s.w.Raw(")\r\n")
	}
	if longest > 0 {
		return okCode(fmt.Sprintf("METADATA LONGENTRIES %d", longest), "some entries are longer")
	}
	return ok("metadata")
}

// putNoted writes the name of a mailbox, or that of the server.
func (s *session) putNoted(m *mailbox) {
	if m == nil {
		s.w.Raw(`""`)
		return
	}
	s.w.Mailbox(m.name)
}

// within reports whether a name is an entry, or at most depth levels below it.
func within(name, entry string, depth int) bool {
	if name == entry {
		return true
	}
	below, is := strings.CutPrefix(name, entry+"/")
	return is && strings.Count(below, "/") < depth
}

// setMetadata is SETMETADATA, RFC 5464 section 4.3: all entries are set, or none.
func setMetadata(s *session, _ wire.Command) reply {
	s.r.Space()
	name := s.r.Mailbox()
	s.r.Space()
	var set []store.Annotation
	s.r.Elements(func() {
		a := store.Annotation{Name: strings.ToLower(s.r.Astring())}
		s.r.Space()
		if text, is := s.r.NString8(); is {
			a.Value = append([]byte{}, text...)
		}
		set = append(set, a)
	})
	if err := s.r.End(); isTooBig(err) {
		return s.unannotated(store.TooLarge)
	} else if err != nil {
		return malformed(err)
	}
	for _, a := range set {
		switch {
		case !isEntry(a.Name):
			return bad("entries begin with /private/ or /shared/ and have no wildcards")
		case a.Name == useName:
			return no("CANNOT", "the special use of a mailbox is set when it is created")
		case name == "" && strings.HasPrefix(a.Name, common):
			return no("NOPERM", "what is shared by all is set by the server's operator")
		}
	}
	m, err := s.noted(name)
	if err != nil {
		return s.failed("metadata", err)
	}
	if err := s.annotate(m, set); err != nil {
		return s.unannotated(err)
	}
	return ok("metadata set")
}

// isTooBig reports whether a value was longer than what is read, with the connection still in step.
func isTooBig(err error) bool {
	var e *wire.Error
	return errors.As(err, &e) && !e.Lost && errors.Is(err, wire.ErrTooBig)
}

// unannotated is failed with the codes of RFC 5464 section 4.3.
func (s *session) unannotated(err error) reply {
	switch {
	case errors.Is(err, store.TooLarge):
		return no(fmt.Sprintf("METADATA MAXSIZE %d", store.MaxAnnotation), "the value is too long")
	case errors.Is(err, store.OverQuota):
		return no("METADATA TOOMANY", "there are too many entries: remove some")
	}
	return s.failed("metadata", err)
}

// annotate stores entries: private ones with the session's account, shared ones with the owner's. Where both occur on
// another's mailbox they are two transactions of one commit.
func (s *session) annotate(m *mailbox, set []store.Annotation) error {
	var own, others []store.Annotation
	for _, a := range set {
		a.Collection = noteID(m)
		if strings.HasPrefix(a.Name, private) || m == nil || m.owner == s.acct.ID {
			own = append(own, a)
		} else {
			others = append(others, a)
		}
	}
	put := func(tx store.Tx, list []store.Annotation) error {
		for _, a := range list {
			if err := tx.PutAnnotation(a); err != nil {
				return err
			}
		}
		return nil
	}
	var work []store.Work
	failed := false
	if len(others) > 0 {
		work = append(work, store.Work{Account: m.owner, Do: func(tx store.Tx) error {
			err := s.allowed(tx, m, store.MayLookup|store.MayWrite)
			if err == nil {
				err = put(tx, others)
			}
			failed = err != nil
			return err
		}})
	}
	if len(own) > 0 {
		work = append(work, store.Work{Account: s.acct.ID, Do: func(tx store.Tx) error {
			if failed {
				return nil
			}
			return put(tx, own)
		}})
	}
	return errors.Join(s.server.o.Store.UpdateAll(s.ctx, work)...)
}
