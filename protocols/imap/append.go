package imap

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/protocols/imap/wire"
	"github.com/gannetmail/gannet/store"
)

// appendCommands are those that bring messages.
var appendCommands = map[string]command{
	"APPEND":  {run: appendMessages, in: inside},
	"REPLACE": {run: replace, in: reading, uid: true, of: "REPLACE"},
}

// maxAppend is how many messages one APPEND brings: they become durable together.
const maxAppend = 1000

// appending is an APPEND or REPLACE under way. Its messages are staged in the store, which their number does not make
// larger in memory but for their words; release gives them up.
type appending struct {
	s     *session
	to    *mailbox
	read  *wire.Append
	items []store.NewItem
	blobs []store.Staged
	words int64 // bytes of text for the index, in memory
}

// maxWords bounds the text for the index of all messages of one APPEND.
const maxWords = 64 << 20

// appendMessages is APPEND, RFC 9051 section 6.3.12, of one or more messages (RFC 3502).
func appendMessages(s *session, _ wire.Command) reply {
	a := s.r.Append(s.server.o.Mail.MaxSize())
	p := &appending{s: s, read: a}
	defer p.release()
	if r := p.target(); !r.good() {
		return r
	}
	if r := p.receive(); !r.good() {
		return r
	}
	var uids []uint32
	err := s.update(p.to.owner, func(tx store.Tx) (err error) {
		uids, err = p.add(tx)
		return err
	})
	if err != nil {
		return s.transferFailed(err)
	}
	return p.answer("appended", uids)
}

// answer is OK with the UIDs of the new messages, RFC 4315.
func (p *appending) answer(text string, uids []uint32) reply {
	if !p.s.offers("UIDPLUS") || p.to.rights&store.MayRead == 0 {
		return ok(text)
	}
	return okCode(wire.CodeAppendUID(p.to.c.UIDValidity, uids), text)
}

// target finds the mailbox before any message is asked for.
func (p *appending) target() reply {
	if p.s.r.Err() != nil {
		return malformed(p.s.r.End())
	}
	var err error
	p.to, err = p.s.find(p.read.Mailbox, store.MayInsert)
	switch {
	case isNotFound(err):
		return p.s.abandon(no("TRYCREATE", "there is no mailbox of that name"))
	case err != nil:
		return p.s.abandon(p.s.failed("append", err))
	}
	return reply{kind: wire.OK}
}

// abandon reads the rest of a command away that is answered with r.
func (s *session) abandon(r reply) reply {
	if err := s.r.Abandon(); err != nil {
		return malformed(err)
	}
	return r
}

// receive stages the messages of the command, up to its end.
func (p *appending) receive() reply {
	var total int64
	for m := p.read.Next(); m != nil; m = p.read.Next() {
		if len(p.items) == maxAppend || p.words > maxWords {
			return p.s.abandon(no("LIMIT", fmt.Sprintf("%d messages at most come at once, or fewer large ones", maxAppend)))
		}
		if r := p.room(m, total); !r.good() {
			return p.s.abandon(r)
		}
		if r := p.stage(m); !r.good() {
			return r
		}
		total += p.blobs[len(p.blobs)-1].Size()
	}
	if err := p.s.r.End(); err != nil {
		return malformed(err)
	}
	return reply{kind: wire.OK}
}

// room refuses a message that has no place before it is sent.
func (p *appending) room(m *wire.Appended, total int64) reply {
	switch {
	case m.UTF8 && !p.s.enabled.utf8 && !p.s.enabled.rev2:
		return bad("enable UTF8=ACCEPT first") // RFC 6855 section 4
	case m.Catenate && !p.s.offers("CATENATE"):
		return bad("CATENATE is not offered")
	case m.Catenate:
		return reply{kind: wire.OK}
	case m.Literal.Size == 0:
		return no("CANNOT", "a message can't be empty")
	}
	err := p.s.view(p.to.owner, func(r store.Reader) error {
		a, err := r.Account()
		if err == nil && a.Quota > 0 && a.Used+total+m.Literal.Size > a.Quota {
			err = store.OverQuota
		}
		return err
	})
	if err != nil {
		return p.s.failed("append", err)
	}
	return reply{kind: wire.OK}
}

// stage reads one message into the store.
func (p *appending) stage(m *wire.Appended) reply {
	var source io.Reader = m.Literal
	var parts *catenation
	if m.Catenate {
		parts = &catenation{s: p.s, read: p.read}
		defer parts.close()
		source = parts
	}
	p.s.conn.Pace(minRate, time.Minute)
	in, err := mail.Ingest(p.s.ctx, p.s.server.o.Store, source, p.s.server.o.Mail.MaxSize())
	p.s.conn.Pace(0, 0)
	switch {
	case p.s.r.Err() != nil:
		if err == nil {
			in.Blob.Release()
		}
		return malformed(p.s.r.End())
	case parts != nil && parts.url != "":
		if err == nil {
			in.Blob.Release()
		}
		return p.s.abandon(no(badURL(parts.url), "there is nothing to be had at this URL"))
	case err != nil:
		return p.s.abandon(p.s.failed("append", err))
	}
	p.blobs = append(p.blobs, in.Blob)
	if in.Blob.Size() == 0 {
		return p.s.abandon(no("CANNOT", "a message can't be empty"))
	}
	p.items = append(p.items, p.item(in, m))
	p.words += int64(len(in.Item.Text.Body))
	return reply{kind: wire.OK}
}

// minRate is the least rate of a message, in bytes a second: a byte now and then does not keep a session.
const minRate = 100

// item gives a message the flags and the date that the client wants, as far as it may.
func (p *appending) item(in *mail.Ingested, m *wire.Appended) store.NewItem {
	n := in.Item
	n.Received = m.Date
	n.Flags, n.Keywords = readMarks(m.Flags)
	if p.to.owner != p.s.acct.ID {
		may, words := changeable(p.to.rights)
		if n.Flags &= may; !words {
			n.Keywords = nil
		}
	}
	return n
}

// add puts the messages into the mailbox within a transaction of its owner.
func (p *appending) add(tx store.Tx) (uids []uint32, err error) {
	if _, err := tx.Collection(p.to.c.ID); err != nil {
		if isNotFound(err) {
			return nil, errNoTarget
		}
		return nil, err
	}
	if err := p.s.allowed(tx, p.to, store.MayInsert); err != nil {
		return nil, err
	}
	for _, n := range p.items {
		rec, err := tx.Add(p.to.c.ID, n)
		if err != nil {
			return nil, fmt.Errorf("append: %w", err)
		}
		uids = append(uids, uint32(rec.UID))
	}
	return uids, nil
}

func (p *appending) release() {
	for _, b := range p.blobs {
		b.Release()
	}
}

// replace is REPLACE and UID REPLACE, RFC 8508: the new message is there and the old one gone, or neither.
func replace(s *session, c wire.Command) reply {
	a := s.r.Replace(s.server.o.Mail.MaxSize())
	p := &appending{s: s, read: a}
	defer p.release()
	if s.r.Err() != nil {
		return malformed(s.r.End())
	}
	old, r := s.named(wire.SeqSet{Ranges: []wire.Range{{First: a.Replace, Last: a.Replace}}}, c.UID)
	switch {
	case !r.good():
		return s.abandon(r)
	case len(old) == 0:
		return s.abandon(no("NONEXISTENT", "there is no such message"))
	case s.sel.readOnly:
		return s.abandon(no("NOPERM", "the mailbox is open for reading only"))
	}
	if r := p.target(); !r.good() {
		return r
	}
	if r := p.receive(); !r.good() {
		return r
	}
	uids, err := p.exchange(store.UID(old[0].First))
	if err != nil {
		return s.transferFailed(err)
	}
	if r := p.answer("replaced", uids); r.code != "" {
		s.w.Status("", wire.OK, r.code, "the new message") // RFC 8508 section 3.5: before the old one goes
	}
	return s.withHighest("replaced")
}

// exchange adds the new message and removes the old one.
func (p *appending) exchange(old store.UID) (uids []uint32, err error) {
	from := p.s.sel.mailbox()
	may := func(tx store.Tx) error {
		err := p.s.allowed(tx, from, store.MayDelete|store.MayExpunge)
		if err == nil {
			_, err = tx.Record(from.c.ID, old, store.WantEntry)
		}
		return err
	}
	if p.to.owner == from.owner {
		err := p.s.update(p.to.owner, func(tx store.Tx) (err error) {
			if err := may(tx); err != nil {
				return err
			}
			if uids, err = p.add(tx); err != nil {
				return err
			}
			return tx.Remove(from.c.ID, old)
		})
		return uids, err
	}
	permitted, added := false, false // one piece of the commit does not undo another: the old message is looked at first
	errs := p.s.server.o.Store.UpdateAll(p.s.ctx, []store.Work{
		{Account: from.owner, Do: func(tx store.Tx) error {
			err := may(tx)
			permitted = err == nil
			return err
		}},
		{Account: p.to.owner, Do: func(tx store.Tx) (err error) {
			if !permitted {
				return nil
			}
			uids, err = p.add(tx)
			added = err == nil
			return err
		}},
		{Account: from.owner, Do: func(tx store.Tx) error {
			if !added {
				return nil
			}
			return tx.Remove(from.c.ID, old)
		}},
	})
	return uids, errors.Join(errs...)
}

// badURL is the code of a URL that leads nowhere, RFC 4469 section 5. One that no code can hold is not repeated.
func badURL(text string) string {
	if quoted := wireString(text); quoted[0] == '"' && !strings.Contains(quoted, "]") {
		return "BADURL " + quoted
	}
	return ""
}

func wireString(s string) string { return string(wire.AppendString(nil, s, false)) }
