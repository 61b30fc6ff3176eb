package activesync

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
)

// stateReduced is the key under which is kept what a device got in a lesser form than it asked for.
const stateReduced = "reduced"

// maxReduced is how many items of a device are remembered so, the newest.
const maxReduced = 64

// A Reduced is an item that a device got in a lesser form than it asked for, because it could not be read or the device
// stuck on it.
type Reduced struct {
	Collection store.CollectionID `json:"c"`
	UID        store.UID          `json:"u"` // under which the device knows it
	Item       store.ItemID       `json:"i"`
	Rung       int                `json:"r"`           // 1 short text, 2 without its text, 3 a note
	Reason     string             `json:"e,omitempty"` // empty: the device stuck on it
	At         time.Time          `json:"t"`
	Build      string             `json:"b,omitempty"` // of the program that could do no better
}

// Form says in words in which form the device got the item.
func (r Reduced) Form() string { return rungNames[min(max(r.Rung, 0), rungNote)] }

// ReadReduced lists what a device got in a lesser form, oldest first.
func ReadReduced(r store.Reader, device string) ([]Reduced, error) {
	raw, err := r.State(device, stateReduced)
	if errors.Is(err, store.NotFound) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("reduced items: %w", err)
	}
	var list []Reduced
	if json.Unmarshal(raw, &list) != nil {
		return nil, nil // of another version of the server
	}
	return list, nil
}

func writeReduced(tx store.Tx, device string, list []Reduced) error {
	list = list[max(0, len(list)-maxReduced):]
	raw, err := json.Marshal(list)
	if err == nil {
		err = tx.PutState(device, stateReduced, raw)
	}
	if err != nil {
		return fmt.Errorf("reduced items: %w", err)
	}
	return nil
}

// reduced is told of each item that a device gets in a lesser form. It logs it and remembers it, so that it can be sent
// anew: see [Resend]. why is nil if the device stuck on the item.
func (h *Handler) reduced(ctx context.Context, q *request, r store.Record, rung int, why error) {
	one := Reduced{Collection: r.Collection, UID: r.UID, Item: r.Item.ID, Rung: rung, At: q.now, Build: h.Build}
	if why != nil {
		one.Reason = clip(why.Error(), maxReason)
	}
	err := h.Store.Update(ctx, q.account.ID, func(tx store.Tx) error {
		list, err := ReadReduced(tx, q.device.ID)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(list, func(old Reduced) bool { return old.Item == one.Item })
		if i >= 0 && list[i].Rung == rung && list[i].UID == one.UID && list[i].Build == one.Build {
			return nil
		}
		if i >= 0 {
			list = slices.Delete(list, i, i+1)
		} else {
			q.log.LogAttrs(ctx, slog.LevelWarn, "device gets a message "+one.Form(), slog.Int64("item", int64(one.Item)), slog.String("reason", one.Reason))
		}
		return writeReduced(tx, q.device.ID, append(list, one))
	})
	if err != nil {
		q.log.LogAttrs(ctx, slog.LevelError, "reduced item not noted", slog.Int64("item", int64(one.Item)), slog.Any("error", err))
	}
}

// maxReason bounds the reason that is kept, in bytes.
const maxReason = 200

// Restorer is the part of mail.Service that [Resend] needs.
type Restorer interface {
	Stored(ctx context.Context, id store.BlobID) (*mail.Ingested, error)
}

// Resend makes every device get a message anew, whole if that can be done: it is read again and has a new UID, so that
// it leaves under the old one and comes under the new. No device is remembered any more to have got less of it.
// store.NotFound: there is no such message.
func Resend(ctx context.Context, st store.Store, m Restorer, acct store.AccountID, item store.ItemID) error {
	var r store.Record
	err := st.View(ctx, acct, func(tx store.Reader) (err error) {
		r, err = tx.RecordByItem(item, store.WantItem)
		return err
	})
	if err != nil {
		return fmt.Errorf("item %d: %w", item, err)
	}
	if r.Item.Class != store.Mail {
		return fmt.Errorf("item %d is no message: %w", item, store.NotFound)
	}
	in, err := m.Stored(ctx, r.Item.Blob)
	if err != nil {
		return fmt.Errorf("read item %d: %w", item, err)
	}
	err = st.Update(ctx, acct, func(tx store.Tx) error {
		r, err := tx.RecordByItem(item, store.WantItem)
		if err != nil {
			return err
		}
		anew := in.Item
		if anew.Blob, err = tx.Blob(r.Item.Blob); err != nil {
			return err
		}
		if _, err = tx.Replace(r.Collection, r.UID, anew); err != nil {
			return err
		}
		return forgetReduced(tx, item)
	})
	if err != nil {
		return fmt.Errorf("send item %d anew: %w", item, err)
	}
	return nil
}

// forgetReduced takes an item off the lists of all devices.
func forgetReduced(tx store.Tx, item store.ItemID) error {
	devices, err := tx.Devices()
	if err != nil {
		return err
	}
	for _, d := range devices {
		list, err := ReadReduced(tx, d.ID)
		if err != nil {
			return err
		}
		kept := slices.DeleteFunc(slices.Clone(list), func(one Reduced) bool { return one.Item == item })
		if len(kept) == len(list) {
			continue
		}
		if err := writeReduced(tx, d.ID, kept); err != nil {
			return err
		}
	}
	return nil
}

// retries knows of which devices it has been looked, since the program began, whether they have items that an earlier
// program could not show.
type retries struct {
	mu   sync.Mutex
	seen map[deviceOf]bool
}

type deviceOf struct {
	acct   store.AccountID
	device string
}

// first reports whether the device was not asked about before.
func (t *retries) first(d deviceOf) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.seen[d] {
		return false
	}
	if t.seen == nil {
		t.seen = map[deviceOf]bool{}
	}
	t.seen[d] = true
	return true
}

// retryReduced sends anew what an earlier program could not show to the device and this one can. It is done once in the
// life of a program for each device.
func (h *Handler) retryReduced(ctx context.Context, q *request) {
	if h.Build == "" || !h.retries.first(deviceOf{q.account.ID, q.device.ID}) {
		return
	}
	if err := h.retryEach(ctx, q); err != nil {
		q.log.LogAttrs(ctx, slog.LevelError, "items not tried again", slog.Any("error", err))
	}
}

func (h *Handler) retryEach(ctx context.Context, q *request) error {
	var list []Reduced
	err := h.Store.View(ctx, q.account.ID, func(tx store.Reader) (err error) {
		list, err = ReadReduced(tx, q.device.ID)
		return err
	})
	if err != nil || len(list) == 0 {
		return err
	}
	var kept []Reduced
	for _, one := range list {
		if one.Build != h.Build {
			one.Build = h.Build
			if h.readable(ctx, q, one) && Resend(ctx, h.Store, h.Mail, q.account.ID, one.Item) == nil {
				q.log.LogAttrs(ctx, slog.LevelInfo, "item is sent anew", slog.Int64("item", int64(one.Item)))
				continue
			}
		}
		kept = append(kept, one)
	}
	return h.Store.Update(ctx, q.account.ID, func(tx store.Tx) error {
		return writeReduced(tx, q.device.ID, kept)
	})
}

// readable reports whether an item can be shown by now, in text and as it is.
func (h *Handler) readable(ctx context.Context, q *request, one Reduced) bool {
	var r store.Record
	err := h.Store.View(ctx, q.account.ID, func(tx store.Reader) (err error) {
		r, err = tx.RecordByItem(one.Item, store.WantSummary)
		return err
	})
	if err != nil || r.Item.Class != store.Mail {
		return false
	}
	m, err := h.tryRender(ctx, r, emailForm{version: q.version, whole: true})
	if err != nil {
		return false
	}
	m.close()
	return true
}
