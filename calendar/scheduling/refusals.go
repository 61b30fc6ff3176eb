package scheduling

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gannetmail/gannet/calendar"
	"github.com/gannetmail/gannet/store"
)

// A refusal is what is remembered of a meeting that is not in the calendar: declined, or, of a resource, cancelled. Without
// it an older invitation that comes later, or the same once more, would be one that is not known.
type refusal struct {
	Key      string `json:"k"` // of the meeting: UID and organizer
	Sequence int    `json:"q"`
	Stamp    int64  `json:"t"` // DTSTAMP, seconds since 1970
}

const (
	refusalsSetting = "refused-meetings" // of the account: JSON, the latest last
	maxRefusals     = 500
)

// newRefusal is what a message is remembered by: the highest that it says of itself.
func newRefusal(message *calendar.Object) *refusal {
	organizer, _ := organizerOf(message)
	sum := sha256.Sum256([]byte(message.UID() + "\n" + strings.ToLower(organizer.Address)))
	r := &refusal{Key: hex.EncodeToString(sum[:16])}
	for c := range message.Components() {
		r.Sequence = max(r.Sequence, c.Sequence())
		if at := c.Stamp(); !at.IsZero() {
			r.Stamp = max(r.Stamp, at.Unix())
		}
	}
	return r
}

// refusedBefore reports whether the message, or a later one, was refused. Who asks again does so later.
func (s *Service) refusedBefore(ctx context.Context, c *consideration) (refused bool, err error) {
	err = s.store.View(ctx, c.acct, func(r store.Reader) (err error) {
		refused, err = c.refusedIn(r)
		return err
	})
	return refused, err
}

// refusedIn is refusedBefore within a transaction.
func (c *consideration) refusedIn(r store.Directory) (bool, error) {
	list, err := readRefusals(r, c.acct)
	if err != nil {
		return false, err
	}
	is := newRefusal(c.message)
	for _, was := range list {
		if was.Key == is.Key {
			return is.Sequence <= was.Sequence && is.Stamp <= was.Stamp, nil
		}
	}
	return false, nil
}

// Declined remembers, for the account of tx, that its owner does not come to a meeting of which nothing is left in his
// calendar. The invitation, delivered once more, is not placed again; a change by the organizer is. invitations are what is
// known of the meeting; those that are nil say nothing.
func Declined(tx store.Tx, acct store.AccountID, invitations ...*calendar.Object) error {
	for _, o := range invitations {
		if o == nil {
			continue
		}
		if err := newRefusal(o).note(tx, acct); err != nil {
			return err
		}
	}
	return nil
}

// note remembers the refusal; nil: nothing. The oldest is forgotten for it.
func (r *refusal) note(tx store.Tx, acct store.AccountID) error {
	if r == nil {
		return nil
	}
	list, err := readRefusals(tx, acct)
	if err != nil {
		return err
	}
	is := *r
	list = slices.DeleteFunc(list, func(was refusal) bool {
		if was.Key == is.Key {
			is.Sequence, is.Stamp = max(is.Sequence, was.Sequence), max(is.Stamp, was.Stamp)
		}
		return was.Key == is.Key
	})
	list = append(list, is)
	list = list[max(0, len(list)-maxRefusals):]
	raw, err := json.Marshal(list)
	if err != nil {
		return fmt.Errorf("refused meetings: %w", err)
	}
	return tx.PutSetting(acct, refusalsSetting, raw)
}

func readRefusals(r store.Directory, acct store.AccountID) ([]refusal, error) {
	raw, err := r.Setting(acct, refusalsSetting)
	if errors.Is(err, store.NotFound) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("refused meetings: %w", err)
	}
	var list []refusal
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, fmt.Errorf("refused meetings: %w: %w", err, store.Damaged)
	}
	return list, nil
}
