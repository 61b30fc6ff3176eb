package scheduling

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gannetmail/gannet/calendar"
	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/address"
)

// read gathers what the store knows. usual is the zone of who has not said another.
func (c *consideration) read(r store.Reader, usual *calendar.Zone) (err error) {
	if c.account, err = r.Account(); err != nil {
		return err
	}
	if c.resource, err = calendar.ReadResource(r, c.acct); err != nil {
		return err
	}
	if c.zone, err = calendar.ReadHome(r, c.acct, usual); err != nil {
		return err
	}
	if c.place, err = Find(r, c.uid); err != nil {
		return err
	}
	domains, err := r.Domains()
	if err != nil {
		return err
	}
	local := make(map[string]bool, len(domains))
	for _, d := range domains {
		local[d.Name] = true
	}
	if c.me, err = Identify(r, c.account, c.message); err != nil {
		return err
	}
	c.from, c.sender = c.author(local)
	return nil
}

// author returns the addresses that the header names as author and sender. One of this server is believed only if the
// message was submitted here, which is when the server sees to it that it is the author's own. RFC 5322, section 3.6.2.
func (c *consideration) author(local map[string]bool) (from, sender string) {
	e := &c.m.Summary.Envelope
	believed := func(list []mail.Address) string {
		boxes := mail.Mailboxes(list)
		if len(boxes) != 1 {
			return "" // nobody, or several, of whom one may be anybody
		}
		canonical, err := address.Canonical(boxes[0].Addr())
		if err != nil {
			return ""
		}
		if _, domain, _ := address.Split(canonical); local[domain] && c.m.Author == 0 {
			return ""
		}
		return canonical
	}
	from, sender = believed(e.From), believed(e.Sender)
	if sender == "" {
		sender = from
	}
	return from, sender
}

// Identify returns the addresses by which a meeting may name the account of r: its own, its aliases, and what else in an
// object leads to it alone, such as its address with a tag.
func Identify(r store.Directory, account store.Account, objects ...*calendar.Object) (calendar.Identity, error) {
	me := calendar.Identity{account.Name}
	seen := map[string]bool{strings.ToLower(account.Name): true}
	domains, err := r.Domains()
	if err != nil {
		return nil, err
	}
	for _, one := range addressesIn(objects) {
		canonical, err := address.Canonical(one)
		_, domain, _ := address.Split(canonical)
		if err != nil || seen[strings.ToLower(one)] || !slices.ContainsFunc(domains, func(d store.Domain) bool { return d.Name == domain }) {
			continue
		}
		seen[strings.ToLower(one)] = true
		ids, err := mail.ResolveIn(r, canonical)
		switch {
		case errors.Is(err, store.NotFound):
		case err != nil:
			return nil, fmt.Errorf("whose is %q: %w", canonical, err)
		case len(ids) == 1 && ids[0] == account.ID:
			me = append(me, one)
		}
	}
	return me, nil
}

// addressesIn lists those of all organizers and attendees.
func addressesIn(objects []*calendar.Object) []string {
	var list []string
	for _, o := range objects {
		if o == nil {
			continue
		}
		for c := range o.Components() {
			if who, ok := c.Organizer(); ok {
				list = append(list, who.Address)
			}
			for _, who := range c.Attendees() {
				list = append(list, who.Address)
			}
		}
	}
	return list
}

// weigh finds out whether the sender is known.
func (s *Service) weigh(ctx context.Context, c *consideration) error {
	switch {
	case c.m.Author != 0:
		c.known = c.from != ""
	case c.from != "" && s.o.Contacts != nil:
		var err error
		if c.known, err = s.o.Contacts.Knows(ctx, c.acct, c.from); err != nil {
			return fmt.Errorf("contacts: %w", err)
		}
	}
	return nil
}

// unbelievable says why the sender may not say what the message says; empty: he may. Of an answer it leaves what the
// sender may say.
func (c *consideration) unbelievable() string {
	switch c.message.Method() {
	case "REPLY", "COUNTER", "REFRESH":
		if c.ownWords() {
			return ""
		}
		c.forged = true
		return "the author is not who answers"
	}
	if c.stored == nil {
		return "" // whoever is known may hand on an invitation
	}
	for part := range c.stored.Components() {
		organizer, ok := part.Organizer()
		if !ok {
			continue
		}
		if said, ok := organizerOf(c.message); ok && organizer.SentBy == "" {
			organizer.SentBy = said.SentBy
		}
		if !c.speaksFor(organizer) && !c.isRelayed(organizer) {
			c.forged = true
			return "the author is not the organizer"
		}
		return ""
	}
	return ""
}

// ownWords leaves of an answer only those who give it; false: nobody is left. A proposal that names nobody, as
// Exchange's do, is that of its author, who then comes tentatively. MS-OXCICAL, METHOD.
func (c *consideration) ownWords() bool {
	c.message = c.message.Clone()
	for _, part := range slices.Collect(c.message.Components()) {
		if len(part.Attendees()) == 0 && c.message.Method() == "COUNTER" && c.from != "" {
			part.SetAttendee(calendar.Participant{Attendee: calendar.Attendee{Address: c.from, Status: "TENTATIVE"}})
		}
		for _, who := range part.Attendees() {
			if !c.speaksFor(who) {
				part.RemoveAttendee(who.Address)
			}
		}
		if len(part.Attendees()) == 0 {
			c.message.Remove(part)
		}
	}
	for range c.message.Components() {
		return true
	}
	return false
}

// speaksFor reports whether the author of the message is somebody, or acts for him.
func (c *consideration) speaksFor(who calendar.Participant) bool {
	canonical, err := address.Canonical(who.Address)
	if err != nil || c.from == "" {
		return false
	}
	if c.from == canonical {
		return true
	}
	agent, err := address.Canonical(who.SentBy)
	if err != nil || agent != c.from && agent != c.sender {
		return false
	}
	_, domain, _ := address.Split(canonical)
	_, of, _ := address.Split(agent)
	return domain == of
}

// isRelayed reports whether the author of the message is who organizes under the address of a relay: the stored meeting
// names his own beside. RFC 7986, section 6.2.
func (c *consideration) isRelayed(organizer calendar.Participant) bool {
	canonical, err := address.Canonical(organizer.Email)
	return err == nil && c.from == canonical
}

// organizerOf is who calls the meeting that an object is about.
func organizerOf(o *calendar.Object) (calendar.Participant, bool) {
	for c := range o.Components() {
		if who, ok := c.Organizer(); ok {
			return who, true
		}
	}
	return calendar.Participant{}, false
}
