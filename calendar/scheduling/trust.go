package scheduling

import (
	"context"
	"errors"
	"fmt"
	"iter"
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
	c.local = local
	c.lent, err = lentTo(r, c.m.Author, c.message)
	return err
}

// lentTo finds those people here whom an object says others act for, and who lend the author their calendar to write, by
// canonical address. A colleague is no agent because he says so.
func lentTo(r store.Reader, author store.AccountID, o *calendar.Object) (map[string]bool, error) {
	if author == 0 {
		return nil, nil
	}
	writer, err := r.Of(author)
	if errors.Is(err, store.NotFound) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	shared, err := writer.Shared()
	if err != nil {
		return nil, fmt.Errorf("calendars lent to the author: %w", err)
	}
	lenders := map[store.AccountID]bool{}
	for _, s := range shared {
		if s.Role == store.MainCal && s.Rights&store.MayInsert != 0 {
			lenders[s.Account] = true
		}
	}
	lent := map[string]bool{}
	for who := range represented(o) {
		canonical, err := address.Canonical(who.Address)
		if err != nil || len(lenders) == 0 || lent[canonical] {
			continue
		}
		ids, err := mail.ResolveIn(r, canonical)
		switch {
		case errors.Is(err, store.NotFound):
		case err != nil:
			return nil, fmt.Errorf("whose is %q: %w", canonical, err)
		case len(ids) == 1 && lenders[ids[0]]:
			lent[canonical] = true
		}
	}
	return lent, nil
}

// represented yields the organizers and attendees for whom others act.
func represented(o *calendar.Object) iter.Seq[calendar.Participant] {
	return func(yield func(calendar.Participant) bool) {
		for c := range o.Components() {
			all := c.Attendees()
			if who, ok := c.Organizer(); ok {
				all = append(all, who)
			}
			for _, who := range all {
				if who.SentBy != "" && !yield(who) {
					return
				}
			}
		}
	}
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

// maxSpokenFor is for how many attendees an author may answer at once, and how many may come in somebody's place.
const maxSpokenFor = 20

// ownWords leaves of an answer only those who give it; false: nobody is left. A proposal that names nobody, as
// Exchange's do, is that of its author, who then comes tentatively. MS-OXCICAL, METHOD.
func (c *consideration) ownWords() bool {
	c.message = c.message.Clone()
	left := false
	for _, part := range slices.Collect(c.message.Components()) {
		if part.Get("ATTENDEE") == nil && c.message.Method() == "COUNTER" && c.from != "" {
			part.SetAttendee(calendar.Participant{Attendee: calendar.Attendee{Address: c.from, Status: "TENTATIVE"}})
		}
		own := part.KeepAttendees(c.speaksFor)
		if len(own) == 0 || len(own) > maxSpokenFor {
			c.message.Remove(part)
			continue
		}
		left = true
		for _, who := range own {
			c.delegation(part, who)
		}
	}
	return left
}

// delegation leaves of an answer in whose place the attendee comes only as far as those have said so themselves, and who
// comes in his unless those are too many.
func (c *consideration) delegation(part *calendar.Component, who calendar.Participant) {
	if len(who.DelegatedTo) > maxSpokenFor {
		who.DelegatedTo = nil
	}
	who.DelegatedFrom = slices.DeleteFunc(slices.Clone(who.DelegatedFrom), func(from string) bool { return !c.hasSent(from, who.Address) })
	part.SetAttendee(who)
}

// hasSent reports whether, as far as is stored, an attendee has sent another one in his place.
func (c *consideration) hasSent(from, to string) bool {
	if c.stored == nil {
		return false
	}
	for part := range c.stored.Components() {
		who, _ := part.Attendee(from)
		if slices.ContainsFunc(who.DelegatedTo, func(one string) bool { return strings.EqualFold(one, to) }) {
			return true
		}
	}
	return false
}

// speaksFor reports whether the author of the message is somebody, or acts for him: elsewhere from an address of the same
// domain, here as somebody to whom his calendar is lent to write.
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
	if c.local[domain] {
		return c.lent[canonical]
	}
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
