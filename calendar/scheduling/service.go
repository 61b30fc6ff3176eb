package scheduling

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/gannetmail/gannet/calendar"
	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
)

// Acquaintances tells whom a user knows; contacts.Books does.
type Acquaintances interface {
	// Knows reports whether a canonical address is in the contacts of an account.
	Knows(ctx context.Context, acct store.AccountID, addr string) (bool, error)
}

// Options configure a [Service]. The zero value works but for Hostname.
type Options struct {
	Hostname string           // ends the Message-IDs of what it sends
	Contacts Acquaintances    // nil: only who submits mail to this server is known
	Zone     *calendar.Zone   // in which people live, unless their accounts say otherwise; nil: UTC
	Log      *slog.Logger     // nil: discarded
	Now      func() time.Time // nil: time.Now
}

// Service does to calendars what messages about meetings ask for. It implements mail.Invitations, is safe for concurrent
// use and keeps no state of its own.
type Service struct {
	store store.Store
	o     Options
}

// New makes a service on st.
func New(st store.Store, o Options) *Service {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Service{store: st, o: o}
}

// Prepare implements [mail.Invitations].
func (s *Service) Prepare(ctx context.Context, m mail.Incoming, acct store.AccountID) *mail.CalendarChange {
	part := m.Summary.SchedulingPart()
	if part == nil || m.Junk {
		return nil
	}
	c := &consideration{m: m, acct: acct, now: s.o.Now()}
	change, err := s.prepare(ctx, c, part)
	level := slog.LevelInfo
	switch {
	case errors.Is(err, calendar.ErrUnclear), errors.Is(err, store.NotFound):
	case err != nil:
		level = slog.LevelWarn
	case c.forged:
		level = slog.LevelWarn
	}
	attrs := []slog.Attr{slog.Int64("account", int64(acct)), slog.String("from", c.from), slog.String("method", part.Method),
		slog.String("uid", firstBytes(c.uid, 200)), slog.Bool("applied", change != nil), slog.String("reason", c.refused)}
	if err != nil {
		attrs = append(attrs, slog.Any("error", err))
	}
	s.o.Log.LogAttrs(ctx, level, "message about a meeting", attrs...)
	return change
}

// A consideration is what is known while one delivery to one account is looked at.
type consideration struct {
	m    mail.Incoming
	acct store.AccountID
	now  time.Time

	message *calendar.Object
	uid     string

	account  store.Account
	resource calendar.Resource
	zone     *calendar.Zone // in which the person lives, or the resource is; nil: UTC
	me       calendar.Identity
	place    *Place // where the meeting is; nil: nowhere
	stored   *calendar.Object

	from, sender string // canonical addresses in the header; empty: none that is believed anything
	known        bool
	local        map[string]bool // the domains of this server
	lent         map[string]bool // canonical addresses of people here for whom the author may act

	refused string // why nothing is done
	forged  bool   // somebody spoke for somebody else
}

// prepare decides what follows; nil without an error if nothing does, and refused says why.
func (s *Service) prepare(ctx context.Context, c *consideration, part *mail.Part) (*mail.CalendarChange, error) {
	b, err := mail.OpenIncoming(ctx, s.store, c.m)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	if c.message, err = ReadPart(c.m.Summary, b, part); err != nil {
		return nil, err
	}
	if c.uid = c.message.UID(); c.message.Kind() != calendar.VEvent {
		c.refused = "no meeting"
		return nil, nil
	}
	if err := s.store.View(ctx, c.acct, func(r store.Reader) error { return c.read(r, s.o.Zone) }); err != nil {
		return nil, fmt.Errorf("calendar of who receives it: %w", err)
	}
	if c.place != nil {
		if c.stored, err = c.place.Read(ctx, s.store); err != nil {
			return nil, fmt.Errorf("meeting in the calendar: %w", err)
		}
	}
	if c.forResource() {
		return s.book(ctx, c)
	}
	if err := s.weigh(ctx, c); err != nil {
		return nil, err
	}
	if c.refused = c.unbelievable(); c.refused != "" {
		return nil, nil
	}
	if c.stored == nil {
		if known, err := s.refusedBefore(ctx, c); err != nil {
			return nil, err
		} else if known {
			c.refused = "declined before"
			return nil, nil
		}
	}
	out, err := calendar.Receive(c.stored, c.message, c.me, c.now)
	if err != nil {
		return nil, err
	}
	if c.refused = c.unwanted(out); c.refused != "" {
		return nil, nil
	}
	return s.stage(ctx, c, out)
}

// unwanted says why nothing is made of an outcome; empty: something is.
func (c *consideration) unwanted(out calendar.Outcome) string {
	switch {
	case !c.known && (out.What == calendar.Placed || out.What == calendar.Joined || len(out.Send) > 0 && out.What != calendar.Asked):
		return "the sender is not known"
	case !out.Changed && len(out.Send) == 0 && out.Reason != "":
		return out.Reason
	case !out.Changed && len(out.Send) == 0:
		return "nothing to be done"
	}
	return ""
}

// stage prepares the change.
func (s *Service) stage(ctx context.Context, c *consideration, out calendar.Outcome) (*mail.CalendarChange, error) {
	change := &mail.CalendarChange{}
	keep := false
	defer func() {
		if !keep {
			for _, b := range change.Held {
				b.Release()
			}
		}
	}()
	var item store.NewItem
	if out.Changed {
		Settle(out.Object, c.me)
		var err error
		if item, err = calendar.Ingest(ctx, s.store, out.Object.Bytes()); err != nil {
			return nil, fmt.Errorf("stage event: %w", err)
		}
		item.Class = store.Calendar
		change.Held = append(change.Held, item.Blob)
	}
	for _, m := range out.Send {
		blob, err := s.letter(ctx, c, m)
		if err != nil {
			return nil, err
		}
		change.Held = append(change.Held, blob)
		change.Send = append(change.Send, mail.CalendarAnswer{Blob: blob, To: m.To})
	}
	keep = true
	place, uid := c.place, c.uid
	change.Apply = func(tx store.Tx) error {
		now, err := Find(tx, uid)
		if err != nil {
			return err
		}
		if !place.Same(now) {
			return mail.ErrCalendarChanged
		}
		if item.Blob == nil {
			return nil
		}
		_, err = Put(tx, now, item)
		return err
	}
	return change, nil
}

// letter stages a message that is sent by itself.
func (s *Service) letter(ctx context.Context, c *consideration, m calendar.Message) (store.Staged, error) {
	w, err := s.store.NewBlob(ctx)
	if err != nil {
		return nil, fmt.Errorf("begin message: %w", err)
	}
	defer w.Abort() // does nothing after Finish
	l := Letter{Message: m, From: Author(c.account.Display, c.me, m), Hostname: s.o.Hostname, Zone: c.zone, Automatic: true, Now: c.now}
	if err := l.Write(w); err != nil {
		return nil, fmt.Errorf("write message: %w", err)
	}
	blob, err := w.Finish()
	if err != nil {
		return nil, fmt.Errorf("stage message: %w", err)
	}
	return blob, nil
}
