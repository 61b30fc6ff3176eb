package mail

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/address"
)

// Defaults of [ServiceOptions].
const (
	DefaultMaxSize   = 50 << 20           // bytes of one message
	DefaultQueueLife = 5 * 24 * time.Hour // RFC 5321, section 4.5.4.1: at least four to five days
)

// ServiceOptions configure a [Service]. The zero value works but for Hostname.
type ServiceOptions struct {
	Hostname  string        // what this server calls itself
	MaxSize   int64         // bytes of the largest message; 0: DefaultMaxSize
	QueueLife time.Duration // how long an outbound recipient is tried; 0: DefaultQueueLife
	Responder Responder     // answers deliveries by itself; nil: nothing does
	// Invitations puts meetings into calendars; nil: messages about them are delivered and nothing else.
	Invitations Invitations
	Lists       Lists            // who may write to groups; nil: everybody to all
	Recents     Recents          // hears whom accounts write to; nil: nobody does
	Log         *slog.Logger     // nil: discarded
	Now         func() time.Time // nil: time.Now
}

// Service delivers messages into mailboxes and puts outbound ones into the queue. It is safe for
// concurrent use and keeps no state of its own. Its errors wrap a store.Kind or the context's error.
type Service struct {
	store       store.Store
	hostname    string
	maxSize     int64
	life        time.Duration
	responder   Responder
	invitations Invitations
	lists       Lists
	recents     Recents
	log         *slog.Logger
	now         func() time.Time
}

// NewService makes a service on st.
func NewService(st store.Store, o ServiceOptions) *Service {
	s := &Service{
		store: st, hostname: o.Hostname, maxSize: o.MaxSize, life: o.QueueLife, responder: o.Responder,
		invitations: o.Invitations, lists: o.Lists, recents: o.Recents, log: o.Log, now: o.Now,
	}
	if s.maxSize <= 0 {
		s.maxSize = DefaultMaxSize
	}
	if s.life <= 0 {
		s.life = DefaultQueueLife
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	return s
}

// Hostname is what this server calls itself.
func (s *Service) Hostname() string { return s.hostname }

// MaxSize is the size in bytes of the largest message that the service takes.
func (s *Service) MaxSize() int64 { return s.maxSize }

// Recipient is one mailbox that a message goes to.
type Recipient struct {
	Address string // as given by the sender
	Account store.AccountID
}

// Resolve returns the mailboxes that mail for addr (unquoted, any case, a U-label domain is fine)
// goes to: the account or alias of exactly that name; without its tag, for user+tag; the domain's
// catch-all. An alias may lead to several. The error is store.NotFound when nobody here has the
// address and store.Invalid when it is none.
//
// Every domain has a postmaster (RFC 5321, section 4.5.1): where no account and no alias has that
// name, it is the account of the domain that was made first, or else of the whole server.
func (s *Service) Resolve(ctx context.Context, addr string) ([]Recipient, error) {
	canonical, err := address.Canonical(addr)
	if err != nil {
		return nil, err
	}
	var to []Recipient
	err = s.store.View(ctx, 0, func(r store.Reader) error {
		ids, err := resolve(r, canonical)
		for _, id := range ids {
			to = append(to, Recipient{Address: addr, Account: id})
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("resolve %q: %w", addr, err)
	}
	return to, nil
}

// Lists says who may write to which address; package contacts has one. It is safe for concurrent use.
type Lists interface {
	// MayWrite reports whether an account, 0 for somebody elsewhere, may write to a canonical address.
	MayWrite(r store.Directory, addr string, author store.AccountID) (bool, error)
}

// ErrNotForSender says that an address takes mail of others only.
var ErrNotForSender = errors.New("the address takes no mail of this sender")

// Reach is [Service.Resolve] for the mail of an account, 0 for somebody elsewhere. The error wraps ErrNotForSender when
// that may not write to the address.
func (s *Service) Reach(ctx context.Context, addr string, author store.AccountID) ([]Recipient, error) {
	to, err := s.Resolve(ctx, addr)
	if err != nil || s.lists == nil {
		return to, err
	}
	canonical, err := address.Canonical(addr)
	if err != nil {
		return nil, err
	}
	err = s.store.View(ctx, 0, func(r store.Reader) error {
		may, err := s.lists.MayWrite(r, canonical, author)
		if err == nil && !may {
			err = ErrNotForSender
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("mail to %q: %w", addr, err)
	}
	return to, nil
}

// Local reports whether this server is responsible for the domain of addr.
func (s *Service) Local(ctx context.Context, addr string) (bool, error) {
	_, name, _ := address.Split(addr)
	domain, err := address.Domain(name)
	if err != nil {
		return false, nil // an address literal, or nothing that could be ours
	}
	var local bool
	err = s.store.View(ctx, 0, func(r store.Reader) error {
		local, err = isLocal(r, domain)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("look up domain %q: %w", domain, err)
	}
	return local, nil
}

// Room reports, as store.OverQuota, when none of the mailboxes has room for size more bytes.
func (s *Service) Room(ctx context.Context, to []Recipient, size int64) error {
	return s.store.View(ctx, 0, func(r store.Reader) error {
		for _, t := range to {
			a, err := r.AccountByID(t.Account)
			if err != nil {
				return fmt.Errorf("quota of %q: %w", t.Address, err)
			}
			if a.Quota <= 0 || a.Used+max(size, 1) <= a.Quota {
				return nil
			}
		}
		return fmt.Errorf("%q: %w", to[0].Address, store.OverQuota)
	})
}

// ResolveIn returns the accounts that mail for a canonical address goes to, as [Service.Resolve] does, within a
// transaction of the caller.
func ResolveIn(d store.Directory, canonical string) ([]store.AccountID, error) {
	return resolve(d, canonical)
}

// resolve finds the accounts of a canonical address.
func resolve(d store.Directory, addr string) ([]store.AccountID, error) {
	ids, err := d.Resolve(addr)
	if err != nil && !errors.Is(err, store.NotFound) {
		return nil, err
	}
	base, _ := address.Untag(addr)
	if base == addr {
		if err != nil {
			return postmaster(d, addr)
		}
		return ids, nil
	}
	if err == nil {
		// A catch-all answers for every tag, but whoever has the name before the tag comes first.
		named, err := has(d, ids[0], addr)
		if err != nil || named {
			return ids, err
		}
	}
	return resolve(d, base)
}

// has reports whether addr is the account's own name or leads to it as an alias of just that name.
func has(d store.Directory, id store.AccountID, addr string) (bool, error) {
	a, err := d.AccountByID(id)
	if err != nil || a.Name == addr {
		return err == nil, err
	}
	aliases, err := d.Aliases(id)
	for _, alias := range aliases {
		if alias.Address == addr {
			return true, nil
		}
	}
	return false, err
}

// postmaster finds who reads the mail for a postmaster that nobody was named to be.
func postmaster(d store.Directory, addr string) ([]store.AccountID, error) {
	local, domain, _ := address.Split(addr)
	if local != "postmaster" {
		return nil, store.NotFound
	}
	if ours, err := isLocal(d, domain); err != nil {
		return nil, err
	} else if !ours {
		return nil, store.NotFound
	}
	accounts, err := d.Accounts()
	if err != nil {
		return nil, err
	}
	var first, inDomain store.AccountID
	for _, a := range accounts {
		if first == 0 || a.ID < first {
			first = a.ID
		}
		if strings.HasSuffix(a.Name, "@"+domain) && (inDomain == 0 || a.ID < inDomain) {
			inDomain = a.ID
		}
	}
	if inDomain != 0 {
		first = inDomain
	}
	if first == 0 {
		return nil, store.NotFound
	}
	return []store.AccountID{first}, nil
}

func isLocal(d store.Directory, domain string) (bool, error) {
	domains, err := d.Domains()
	for _, have := range domains {
		if have.Name == domain {
			return true, nil
		}
	}
	return false, err
}
