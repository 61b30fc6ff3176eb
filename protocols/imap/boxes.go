package imap

import (
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/gannetmail/gannet/protocols/imap/uidmap"
	"github.com/gannetmail/gannet/protocols/imap/wire"
	"github.com/gannetmail/gannet/store"
)

// errBehind is of a snapshot that is older than what another session has read already: take another.
var errBehind = errors.New("snapshot is behind")

// maxIdleBoxes is how many mailboxes that no session has selected stay in memory, for the next SELECT.
const maxIdleBoxes = 1000

// boxes has what sessions share of mailboxes. Each session holds the map of the moment that it last told its client
// about; maps of different moments share what is equal.
type boxes struct {
	mu   sync.Mutex
	by   map[store.CollectionID]*box
	idle int // without a session
}

// box is one mailbox.
type box struct {
	id    store.CollectionID
	users int // sessions, under boxes.mu

	mu       sync.Mutex
	validity uint32       // 0: nothing was read yet
	at       store.ModSeq // of the account, when it was read
	changed  store.ModSeq // of the collection then
	latest   *uidmap.Map
	keywords []string // met so far, sorted without case
	claimed  uint32   // up to this UID some session had its messages as \Recent
}

// hold returns the box of a collection for a session, which gives it back with drop.
func (b *boxes) hold(id store.CollectionID) *box {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.by == nil {
		b.by = make(map[store.CollectionID]*box)
	}
	x := b.by[id]
	if x == nil {
		x = &box{id: id}
		b.by[id] = x
	} else if x.users == 0 {
		b.idle--
	}
	x.users++
	return x
}

// drop gives a box back. Those without a session are kept up to a number, whichever they are.
func (b *boxes) drop(x *box) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if x.users--; x.users > 0 {
		return
	}
	b.idle++
	for id, other := range b.by {
		if b.idle <= maxIdleBoxes {
			break
		}
		if other.users == 0 {
			delete(b.by, id)
			b.idle--
		}
	}
}

// load brings the box up to the snapshot and returns the map of it. The cost is that of the changes since it was last
// read, or of the mailbox when it never was.
func (x *box) load(r store.Reader, c store.Collection, at store.ModSeq) (*uidmap.Map, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.validity == c.UIDValidity {
		switch {
		case x.changed == c.Changed:
			x.at = max(x.at, at)
			return x.latest, nil
		case x.at > at:
			return nil, errBehind
		}
		m, err := advance(r, c.ID, x.latest, x.at)
		if err == nil {
			x.latest, x.at, x.changed = m, at, c.Changed
			return m, nil
		}
		if !errors.Is(err, store.Stale) {
			return nil, err
		}
	}
	uids, err := liveUIDs(r, c.ID)
	if err != nil {
		return nil, err
	}
	x.validity, x.at, x.changed, x.latest = c.UIDValidity, at, c.Changed, uidmap.FromSet(uids)
	return x.latest, nil
}

// share gives a map that a session has worked out for a moment to the others, and returns the one that they have if it is
// of the same moment: so there is one and not one for each session.
func (x *box) share(m *uidmap.Map, validity uint32, at, changed store.ModSeq) *uidmap.Map {
	x.mu.Lock()
	defer x.mu.Unlock()
	switch {
	case x.validity != validity || x.at > at && x.changed != changed:
		return m
	case x.changed == changed:
		x.at = max(x.at, at)
		return x.latest
	}
	x.latest, x.at, x.changed = m, at, changed
	return m
}

// liveUIDs reads which messages there are.
func liveUIDs(r store.Reader, c store.CollectionID) (wire.Set, error) {
	var uids wire.Set
	for span, err := range r.UIDs(c) {
		if err != nil {
			return nil, err
		}
		uids = append(uids, wire.Range{First: uint32(span.First), Last: uint32(span.Last)})
	}
	return uids, nil
}

// advance applies what the journal tells after at.
func advance(r store.Reader, c store.CollectionID, m *uidmap.Map, at store.ModSeq) (*uidmap.Map, error) {
	var came, went runs
	for rec, err := range r.Changes(c, store.After(at), store.WantEntry) {
		if err != nil {
			return nil, err
		}
		uid := uint32(rec.UID)
		switch there := m.Seq(uid) != 0; {
		case rec.Removed && there:
			went.add(uid)
		case !rec.Removed && !there:
			came.add(uid)
		}
	}
	return m.Remove(went.sorted()).Add(came.sorted()), nil
}

// runs gathers numbers as ranges. In rising order they cost nothing but the ranges.
type runs struct {
	set      wire.Set
	unsorted []uint32
}

func (s *runs) add(n uint32) {
	last := len(s.set) - 1
	switch {
	case last < 0 || n > s.set[last].Last+1:
		s.set = append(s.set, wire.Range{First: n, Last: n})
	case n == s.set[last].Last+1:
		s.set[last].Last = n
	default:
		s.unsorted = append(s.unsorted, n)
	}
}

// sorted is all of them.
func (s *runs) sorted() wire.Set {
	if len(s.unsorted) > 0 {
		s.set = s.set.Union(wire.SetOf(s.unsorted))
		s.unsorted = nil
	}
	return s.set
}

func (s *runs) empty() bool { return len(s.set) == 0 && len(s.unsorted) == 0 }

// maxKeywords bounds how many keywords of a mailbox FLAGS lists.
const maxKeywords = 300

// learn adds keywords to those that the mailbox is known to have.
func (x *box) learn(keywords []string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, k := range keywords {
		at, found := slices.BinarySearchFunc(x.keywords, k, compareFold)
		if !found && len(x.keywords) < maxKeywords {
			x.keywords = slices.Insert(x.keywords, at, k)
		}
	}
}

// known returns the keywords that the mailbox is known to have.
func (x *box) known() []string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return slices.Clone(x.keywords)
}

func compareFold(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) }

// recentAbove returns the UID above which messages are \Recent for a session that begins now, RFC 3501 section 2.3.2;
// with claim they are so for no other session after it. It is known for as long as the box is kept; then all are again,
// as the specification wants where it can't be known.
func (x *box) recentAbove(uidNext store.UID, claim bool) (above uint32) {
	x.mu.Lock()
	defer x.mu.Unlock()
	above = x.claimed
	if claim {
		x.claimed = max(x.claimed, uint32(uidNext)-1)
	}
	return above
}

// lookInto reads which messages another mailbox has now.
func (s *session) lookInto(m *mailbox) (seen *uidmap.Map, err error) {
	b := s.server.boxes.hold(m.c.ID)
	defer s.server.boxes.drop(b)
	err = s.fresh(s.ctx, m.owner, func(r store.Reader) error {
		a, err := r.Account()
		if err != nil {
			return err
		}
		c, err := r.Collection(m.c.ID)
		if err != nil {
			return err
		}
		if err := s.allowed(r, m, store.MayRead); err != nil {
			return err
		}
		seen, err = b.load(r, c, a.ModSeq)
		return err
	})
	return seen, err
}
