package pop3

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/gannetmail/gannet/store"
)

// maildrop is the view of one session: a snapshot and what was marked in it.
type maildrop struct {
	*snapshot
	acct   store.AccountID
	marks  []uint64 // one bit for each message with DELE; nil: none
	count  int      // messages without a mark
	octets int64    // their bytes
}

func newMaildrop(acct store.AccountID, s *snapshot) *maildrop {
	return &maildrop{snapshot: s, acct: acct, count: len(s.uids), octets: s.octets}
}

// unique is the unique-id of RFC 1939, section 7.
func (d *maildrop) unique(i int) string {
	b := strconv.AppendUint(make([]byte, 0, 24), uint64(d.validity), 10)
	return string(strconv.AppendUint(append(b, '.'), uint64(d.uids[i]), 10))
}

func (d *maildrop) deleted(i int) bool { return d.marks != nil && d.marks[i/64]&(1<<(i%64)) != 0 }

// remove marks a message that has no mark.
func (d *maildrop) remove(i int) {
	if d.marks == nil {
		d.marks = make([]uint64, (len(d.uids)+63)/64)
	}
	d.marks[i/64] |= 1 << (i % 64)
	d.count--
	d.octets -= int64(d.sizes[i])
}

// restore takes all marks away.
func (d *maildrop) restore() { d.marks, d.count, d.octets = nil, len(d.uids), d.snapshot.octets }

// record reads what the store knows of a message now.
func (d *maildrop) record(ctx context.Context, st Store, i int) (rec store.Record, err error) {
	err = st.View(ctx, d.acct, func(r store.Reader) error {
		rec, err = r.Record(d.collection, d.uids[i], store.WantItem)
		return err
	})
	return rec, err
}

// batch is how many messages are removed in one transaction: others get to write in between.
const batch = 500

// expire marks the messages that came into the Inbox before a time, and returns how many it marked. UIDs
// rise with that time: it reads no more than it marks, and one.
func (d *maildrop) expire(ctx context.Context, st Store, before time.Time) (n int, err error) {
	if len(d.uids) == 0 {
		return 0, nil
	}
	err = st.View(ctx, d.acct, func(r store.Reader) error {
		for rec, err := range r.ByUID(d.collection, 1, d.uids[len(d.uids)-1], store.WantEntry) {
			if err != nil {
				return err
			}
			if !rec.Saved.Before(before) {
				break
			}
			if i, ok := slices.BinarySearch(d.uids, rec.UID); ok && !d.deleted(i) {
				d.remove(i)
				n++
			}
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("find expired messages: %w", err)
	}
	return n, nil
}

// commit removes what is marked, and returns how many messages went; others may have removed some before.
func (d *maildrop) commit(ctx context.Context, st Store) (removed int, err error) {
	var uids []store.UID
	for i, uid := range d.uids {
		if d.deleted(i) {
			uids = append(uids, uid)
		}
	}
	for len(uids) > 0 {
		some := uids[:min(batch, len(uids))]
		n := 0
		err := st.Update(ctx, d.acct, func(tx store.Tx) (err error) {
			n, err = removeAll(tx, d.collection, some)
			return err
		})
		if err != nil {
			return removed, fmt.Errorf("remove %d messages: %w", len(uids), err)
		}
		removed += n
		uids = uids[len(some):]
	}
	return removed, nil
}

func removeAll(tx store.Tx, c store.CollectionID, uids []store.UID) (n int, err error) {
	for _, uid := range uids {
		switch err := tx.Remove(c, uid); {
		case err == nil:
			n++
		case !errors.Is(err, store.NotFound):
			return n, err
		}
	}
	return n, nil
}
