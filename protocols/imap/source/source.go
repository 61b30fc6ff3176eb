package source

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/gannetmail/gannet/mail/archive"
	"github.com/gannetmail/gannet/store"
)

// Options say where the mail is.
type Options struct {
	Address  string // host:port
	Security Security
	TLS      *tls.Config // nil: the system's authorities; the name to verify is the address's host
	User     string
	Password string
	MaxSize  int64 // bytes; bodies that are larger are not read, 0: DefaultMaxSize
}

// DefaultMaxSize bounds a body.
const DefaultMaxSize = 1 << 30

func (o Options) maxBody() int64 {
	if o.MaxSize <= 0 {
		return DefaultMaxSize
	}
	return o.MaxSize
}

// account is one account on another server. One goroutine uses it; answers that the server sends by itself come from
// the client's.
type account struct {
	options  Options
	client   *imapclient.Client // nil: not connected
	position position
	left     int // how often the connection may still be opened again

	mu   sync.Mutex
	next uint32 // the sequence number that is listed next; falls when earlier messages go
	last uint32 // how many messages there are
}

// position is what is open.
type position struct {
	mailbox  string
	validity uint32
}

// reconnects bounds how often the connection is opened again for each folder.
const reconnects = 200

// Open connects and logs in. The source is closed with Close, also behind an error of it.
func Open(ctx context.Context, o Options) (archive.Source, error) {
	s := &account{options: o, left: reconnects}
	if err := s.connect(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// Close implements [archive.Source].
func (s *account) Close() error {
	if s.client == nil {
		return nil
	}
	s.client.Logout() // its answer is not waited for: nothing depends on it
	return s.client.Close()
}

// again opens the connection anew after an error.
func (s *account) again(ctx context.Context, cause error) error {
	if s.client != nil {
		s.client.Close()
		s.client = nil
	}
	if s.left == 0 || ctx.Err() != nil {
		return cause
	}
	s.left--
	if err := s.connect(ctx); err != nil {
		return errors.Join(cause, err)
	}
	return nil
}

// roles are the special uses of RFC 6154 that are roles here.
var roles = map[imap.MailboxAttr]store.Role{
	imap.MailboxAttrSent: store.Sent, imap.MailboxAttrDrafts: store.Drafts, imap.MailboxAttrTrash: store.Trash,
	imap.MailboxAttrJunk: store.Junk, imap.MailboxAttrArchive: store.Archive,
}

// maxMailboxes bounds how many are taken.
const maxMailboxes = 100_000

// Folders implements [archive.Source]. Mailboxes that show what is in others, and those of other people, are set
// aside.
func (s *account) Folders(ctx context.Context) ([]archive.Folder, error) {
	stop := context.AfterFunc(ctx, func() { s.client.Close() })
	defer stop()
	spaces := s.namespaces()
	var o *imap.ListOptions
	if s.client.Caps().Has(imap.CapSpecialUse) && s.client.Caps().Has(imap.CapListExtended) {
		o = &imap.ListOptions{ReturnSpecialUse: true}
	}
	list, err := s.client.List("", "*", o).Collect()
	if err != nil {
		return nil, fmt.Errorf("list of mailboxes: %w", err)
	}
	if len(list) > maxMailboxes {
		return nil, fmt.Errorf("%w: %d mailboxes", errServer, len(list))
	}
	var folders []archive.Folder
	seen := map[string]bool{}
	for _, m := range list {
		if hasAttr(m.Attrs, imap.MailboxAttrNoSelect) || hasAttr(m.Attrs, imap.MailboxAttrNonExistent) || seen[m.Mailbox] {
			continue
		}
		seen[m.Mailbox] = true
		folders = append(folders, spaces.folder(m))
	}
	slices.SortStableFunc(folders, func(a, b archive.Folder) int { return len(a.Path) - len(b.Path) })
	return folders, nil
}

func hasAttr(attrs []imap.MailboxAttr, want imap.MailboxAttr) bool {
	return slices.ContainsFunc(attrs, func(a imap.MailboxAttr) bool { return strings.EqualFold(string(a), string(want)) })
}

// namespaces are the prefixes of names, RFC 2342.
type namespaces struct {
	own     string
	foreign []string
}

func (s *account) namespaces() namespaces {
	var n namespaces
	if !s.client.Caps().Has(imap.CapNamespace) {
		return n
	}
	data, err := s.client.Namespace().Wait()
	if err != nil { // then nothing is known about names
		return n
	}
	if len(data.Personal) > 0 {
		n.own = data.Personal[0].Prefix
	}
	for _, d := range append(slices.Clone(data.Other), data.Shared...) {
		if d.Prefix != "" {
			n.foreign = append(n.foreign, d.Prefix)
		}
	}
	return n
}

// folder describes a mailbox.
func (n namespaces) folder(m *imap.ListData) archive.Folder {
	name := m.Mailbox
	if rest, ok := strings.CutPrefix(name, n.own); ok && rest != "" {
		name = rest
	}
	f := archive.Folder{Path: []string{name}, Native: m.Mailbox, Count: -1}
	if m.Delim != 0 {
		f.Path = strings.Split(name, string(m.Delim))
	}
	for _, a := range m.Attrs {
		if role := roles[a]; role != "" {
			f.Role = role
		}
	}
	if m.Mailbox == "INBOX" {
		f.Role = store.Inbox
	}
	switch {
	case hasAttr(m.Attrs, imap.MailboxAttrAll), hasAttr(m.Attrs, imap.MailboxAttrFlagged), hasAttr(m.Attrs, imap.MailboxAttrImportant):
		f.Aside = "it shows messages of other folders"
	case slices.ContainsFunc(n.foreign, func(p string) bool { return strings.HasPrefix(m.Mailbox, p) }):
		f.Aside = "it belongs to others"
	}
	return f
}

// open opens a mailbox for reading, if it is not open.
func (s *account) open(name string) error {
	if s.position.mailbox == name && name != "" {
		return nil
	}
	s.setRange(1, 0)
	data, err := s.client.Select(name, &imap.SelectOptions{ReadOnly: true}).Wait()
	if err != nil {
		return err
	}
	s.position = position{name, data.UIDValidity}
	s.setRange(1, data.NumMessages)
	return nil
}

// setRange sets what is to be listed.
func (s *account) setRange(next, last uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next, s.last = next, last
}

// expunged takes note that a message went: those behind it have moved.
func (s *account) expunged(seq uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if seq < s.next {
		s.next--
	}
	if s.last > 0 {
		s.last--
	}
}

// window is the next range of at most size sequence numbers; lo is 0 at the end.
func (s *account) window(size uint32) (lo, hi uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.next > s.last {
		return 0, 0
	}
	lo, hi = s.next, min(s.last, s.next+size-1)
	s.next = hi + 1
	return lo, hi
}
