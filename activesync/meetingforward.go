package activesync

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/calendar"
	"github.com/gannetmail/gannet/calendar/scheduling"
	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/address"
)

// forwardsMeeting forwards an event of the calendar, if that is what the request is about: to its Forwardees, or to the
// recipients of the message that comes with it, whose text they are told. The organizer is told of it. MS-ASCMD,
// Forwardees.
func (h *Handler) forwardsMeeting(ctx context.Context, q *request, d *draft) (done bool, err error) {
	if d.kind != sendForward || !d.Source.Given() || d.HasMIME && d.Replace {
		return false, nil
	}
	var r store.Record
	err = h.Store.View(ctx, q.account.ID, func(tx store.Reader) (err error) {
		r, err = findItem(tx, q.device.ID, d.Source.FolderID, d.Source.ItemID, d.Source.LongID, store.WantItem)
		return err
	})
	switch {
	case d.HasMIME && (err != nil || r.Item.Class != store.Calendar):
		return false, nil // the message is for who knows messages
	case isGone(err):
		return true, fail(statusItemNotFound, err)
	case err != nil:
		return true, err
	case r.Item.Class != store.Calendar:
		return true, fail(statusSmartForward, errors.New("no event is to be forwarded"))
	}
	for range maxMeetingTries {
		f := &meetingForward{h: h, q: q, d: d, record: r}
		err = f.run(ctx)
		f.release()
		if !errors.Is(err, mail.ErrCalendarChanged) {
			break
		}
		if r, err = h.recordAgain(ctx, q, r); err != nil {
			break
		}
	}
	if errors.Is(err, calendar.ErrUnclear) {
		err = fail(statusItemNotFound, err)
	}
	return true, err
}

// recordAgain reads an item as it is now.
func (h *Handler) recordAgain(ctx context.Context, q *request, r store.Record) (store.Record, error) {
	err := h.Store.View(ctx, q.account.ID, func(tx store.Reader) (err error) {
		r, err = tx.RecordByItem(r.Item.ID, store.WantItem)
		return err
	})
	return r, err
}

// A meetingForward is an event being forwarded.
type meetingForward struct {
	h      *Handler
	q      *request
	d      *draft
	record store.Record
	to     []calendar.Attendee
	me     calendar.Identity
	item   store.NewItem // the event with those whom the user invites; its Blob is nil if it stays as it is
	out    []*outgoing
}

func (f *meetingForward) release() {
	if f.item.Blob != nil {
		f.item.Blob.Release()
	}
	for _, o := range f.out {
		o.release()
	}
}

func (f *meetingForward) run(ctx context.Context) error {
	text, err := f.read()
	if err != nil {
		return err
	}
	raw, err := f.h.readObject(ctx, f.record.Item.Blob)
	if err != nil {
		return err
	}
	o, _, err := calendar.ReadObject(string(raw))
	if err != nil {
		return err
	}
	occurrence, err := f.occurrence(o)
	if err != nil {
		return err
	}
	err = f.h.Store.View(ctx, f.q.account.ID, func(r store.Reader) (err error) {
		f.me, err = scheduling.Identify(r, f.q.account, o)
		return err
	})
	if err != nil {
		return err
	}
	changed, messages, err := calendar.Forward(o, f.me, occurrence, f.to, text, f.q.now)
	if err != nil {
		return err
	}
	if err := f.stage(ctx, o, changed, messages); err != nil {
		return err
	}
	return f.h.Store.Update(ctx, f.q.account.ID, f.commit)
}

// read finds out to whom the event goes, and what is said to them.
func (f *meetingForward) read() (text string, err error) {
	if !f.d.HasMIME {
		for _, one := range f.d.ForwardTo {
			f.add(one.Email, one.Name)
		}
		if text = f.d.Text; f.d.TextHTML {
			text = mail.HTMLToText(text)
		}
	} else {
		e := f.d.summary.Envelope
		for _, list := range [][]mail.Address{mail.Mailboxes(e.To), mail.Mailboxes(e.Cc), mail.Mailboxes(e.Bcc)} {
			for _, a := range list {
				f.add(a.Addr(), a.Name)
			}
		}
		body, err := f.d.summary.Text(io.NewSectionReader(f.d.raw, 0, f.d.raw.Size()), mail.Plain, wire.MaxComment)
		if err != nil {
			return "", fmt.Errorf("text of message: %w", err)
		}
		text = string(body.Data)
	}
	switch n := len(f.to); {
	case n == 0:
		return "", fail(statusNoRecipient, errors.New("no recipient"))
	case n > maxRecipients:
		return "", fail(statusSubmissionFailed, fmt.Errorf("%d recipients where %d are allowed", n, maxRecipients))
	}
	return strings.ToValidUTF8(text, ""), nil
}

// add adds somebody, once; what is no address is left out.
func (f *meetingForward) add(email, name string) {
	email = strings.TrimSpace(email)
	canonical, err := address.Canonical(email)
	if err != nil {
		f.q.log.Warn("meeting is forwarded to what is no address", "address", clip(email, maxAgent))
		return
	}
	for _, one := range f.to {
		if strings.EqualFold(one.Address, canonical) {
			return
		}
	}
	f.to = append(f.to, calendar.Attendee{Address: canonical, Name: strings.TrimSpace(name)})
}

// occurrence finds the occurrence that the device names; zero: the whole.
func (f *meetingForward) occurrence(o *calendar.Object) (calendar.Moment, error) {
	at, ok := wire.ParseTime(f.d.Source.InstanceID)
	if !ok {
		return calendar.Moment{}, nil
	}
	if !o.Recurs() {
		return calendar.Moment{}, fail(statusNoRecurrence, errors.New("an instance of what is no series"))
	}
	v, err := newEventView(o, f.h.objectForm(f.q, wire.Options{}, false))
	if err != nil {
		return calendar.Moment{}, err
	}
	id := v.occurrenceOf(at)
	if !v.takesPlace(id) {
		return calendar.Moment{}, fail(statusItemNotFound, errNoSuchOccurrence)
	}
	return id, nil
}

// stage stages all that is stored and sent.
func (f *meetingForward) stage(ctx context.Context, o, changed *calendar.Object, messages []calendar.Message) (err error) {
	if !changed.Equal(o) {
		if f.item, err = calendar.Ingest(ctx, f.h.Store, changed.Bytes()); err != nil {
			return fmt.Errorf("stage event: %w", err)
		}
	}
	zone := objectForm{zone: f.h.Location}.userZone()
	for _, m := range messages {
		letter := scheduling.Letter{Message: m, From: scheduling.Author(f.q.account.Display, f.me, m), Hostname: f.h.Hostname, Zone: zone, Now: f.q.now}
		in, err := mail.IngestFrom(ctx, f.h.Store, f.h.Limits.MaxMessage, letter.Write)
		if err != nil {
			return fmt.Errorf("stage invitation: %w", err)
		}
		out := &outgoing{staged: []*mail.Ingested{in}}
		out.Ingested, out.SentCopy, out.Sender, out.Recipients = in, in, f.q.account.Name, m.To
		f.out = append(f.out, out)
	}
	who, ok := masterOf(o).Organizer()
	if !ok || f.me.Is(who.Address) || !isOneAddress(who.Address) {
		return nil
	}
	return f.notify(ctx, o, who, zone)
}

// isOneAddress reports whether what an event says of its organizer is one address in the header of a message, and not
// several: others would have the user write to anybody.
func isOneAddress(s string) bool {
	return strings.Count(s, "@") == 1 && !strings.ContainsAny(s, ",;:")
}

// notify tells the organizer who is handed on the invitation.
func (f *meetingForward) notify(ctx context.Context, o *calendar.Object, organizer calendar.Participant, zone *calendar.Zone) error {
	c := masterOf(o)
	subject := "Meeting forwarded: " + firstBytes(strings.Join(strings.Fields(c.Summary()), " "), 400)
	var text strings.Builder
	fmt.Fprintf(&text, "%s has forwarded your meeting to:\r\n", f.q.mailbox().Display())
	for _, one := range f.to {
		fmt.Fprintf(&text, "%s\r\n", one.Address)
	}
	fmt.Fprintf(&text, "\r\nWhat: %s\r\nWhen: %s\r\n", c.Summary(), scheduling.When(o, c, zone))
	edit := mail.DraftEdit{
		To: &organizer.Address, Subject: &subject, Date: f.q.now, Text: &mail.DraftText{Content: strings.NewReader(text.String())},
	}
	out, err := f.h.submission(ctx, f.q, f.h.submitRules(ctx, f.q, nil), false, func(w io.Writer, rules mail.SubmitRules) (mail.Submission, error) {
		var message strings.Builder
		edit.Text.Content = strings.NewReader(text.String())
		if _, err := mail.NewDraft(&message, f.q.mailbox(), f.h.Hostname, edit); err != nil {
			return mail.Submission{}, err
		}
		return mail.Submit(w, io.NewSectionReader(strings.NewReader(message.String()), 0, int64(message.Len())), rules)
	})
	if err != nil {
		return fmt.Errorf("tell the organizer: %w", err)
	}
	if f.out = append(f.out, out); len(out.Recipients) == 0 { // he has no address to which mail goes
		f.out = f.out[:len(f.out)-1]
		out.release()
	}
	return nil
}

// commit makes it durable.
func (f *meetingForward) commit(tx store.Tx) error {
	r, err := tx.RecordByItem(f.record.Item.ID, store.WantItem)
	if isGone(err) || err == nil && r.Item.Blob != f.record.Item.Blob {
		return mail.ErrCalendarChanged
	} else if err != nil {
		return err
	}
	if f.item.Blob != nil {
		if c, err := tx.Collection(r.Collection); err != nil {
			return err
		} else if c.Fed() {
			return fail(statusAccessDenied, errKept)
		}
		if _, err := scheduling.Put(tx, &scheduling.Place{Collection: r.Collection, UID: r.UID, Blob: r.Item.Blob}, f.item); err != nil {
			return err
		}
	}
	for _, o := range f.out {
		if err := f.h.Mail.SendTx(tx, f.q.account.ID, o.Outgoing); err != nil {
			return err
		}
	}
	if f.d.id != "" {
		if err := rememberSent(tx, f.q.device.ID, f.d.id, f.q.now); err != nil {
			return err
		}
	}
	return f.q.touch(tx)
}
