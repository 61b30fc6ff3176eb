package imap

import (
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

// noted finds what a name stands for in METADATA: the empty one is the server.
func (s *session) noted(name string, need store.Rights) (*mailbox, error) {
	if name == "" {
		return nil, nil
	}
	return s.find(name, need)
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
			if err := s.allowed(r, m, store.MayLookup|store.MayRead); err != nil {
				return err
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

// metadataOptions are those of GETMETADATA, RFC 5464 section 4.2.
type metadataOptions struct {
	maxSize uint64
	depth   int // levels below the entries that are shown
}

// getMetadata is GETMETADATA, RFC 5464 section 4.2.
func getMetadata(s *session, _ wire.Command) reply {
	o := metadataOptions{maxSize: math.MaxUint64}
	s.r.Space()
	if s.r.Opens() {
		o = s.readMetadataOptions()
		s.r.Space()
	}
	name := s.r.Mailbox()
	s.r.Space()
	var entries []string
	if s.r.Opens() {
		s.r.Elements(func() { entries = append(entries, s.r.Astring()) })
	} else {
		entries = []string{s.r.Astring()}
	}
	if err := s.r.End(); err != nil {
		return malformed(err)
	}
	for i, e := range entries {
		if entries[i] = strings.ToLower(e); !isEntry(entries[i]) && entries[i]+"/" != private && entries[i]+"/" != common {
			return bad("entries begin with /private/ or /shared/ and have no wildcards")
		}
	}
	m, err := s.noted(name, store.MayLookup|store.MayRead)
	if err != nil {
		return s.failed("metadata", err)
	}
	all, err := s.readAnnotations(m)
	if err != nil {
		return s.failed("metadata", err)
	}
	return s.putMetadata(m, all, entries, o)
}

func (s *session) readMetadataOptions() metadataOptions {
	o := metadataOptions{maxSize: math.MaxUint64}
	s.r.Elements(func() {
		switch strings.ToUpper(s.r.Atom()) {
		case "MAXSIZE":
			s.r.Space()
			o.maxSize = s.r.Number64()
		case "DEPTH":
			s.r.Space()
			switch strings.ToLower(s.r.Atom()) {
			case "0":
			case "1":
				o.depth = 1
			case "infinity":
				o.depth = math.MaxInt
			default:
				s.r.Fail("a depth is 0, 1 or infinity")
			}
		default:
			s.r.Fail("an unknown option of GETMETADATA")
		}
	})
	return o
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

// putMetadata writes what of all the entries name.
func (s *session) putMetadata(m *mailbox, all []store.Annotation, entries []string, o metadataOptions) reply {
	longest, begun := 0, false
	for _, a := range all {
		if !slices.ContainsFunc(entries, func(e string) bool { return within(a.Name, e, o.depth) }) {
			continue
		}
		if uint64(len(a.Value)) > o.maxSize {
			longest = max(longest, len(a.Value))
			continue
		}
		if begun {
			s.w.Byte(' ')
		} else {
			begun = true
			s.w.Raw("* METADATA ")
			if m == nil {
				s.w.Raw(`""`)
			} else {
				s.w.Mailbox(m.name)
			}
			s.w.Raw(" (")
		}
		s.w.Astring(a.Name)
		s.w.Byte(' ')
		s.w.String(string(a.Value))
	}
	if begun {
		s.w.Raw(")\r\n")
	}
	if longest > 0 {
		return okCode(fmt.Sprintf("METADATA LONGENTRIES %d", longest), "some entries are longer")
	}
	return ok("metadata")
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
		if text, is := s.r.NString(); is {
			a.Value = append([]byte{}, text...)
		}
		set = append(set, a)
	})
	if err := s.r.End(); err != nil {
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
	m, err := s.noted(name, store.MayLookup|store.MayRead)
	if err != nil {
		return s.failed("metadata", err)
	}
	if err := s.annotate(m, set); err != nil {
		return s.unannotated(err)
	}
	return ok("metadata set")
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
			err := s.allowed(tx, m, store.MayRead|store.MayWrite)
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
