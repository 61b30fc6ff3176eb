package contacts

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/address"
)

// Recents keep whom people write to, by use: the recipient information cache of Exchange. What is known is a setting of
// the account, written with the message that tells it; from that [Recents.Tend] makes a collection with the role
// store.Recipients, a small card for each address, which clients only read. A card changes only when its rank does, which
// is seldom. It is safe for concurrent use.
type Recents struct {
	Store store.Store
}

// The settings of an account.
const (
	recentsSetting = "recipients"     // lines, see recent.String
	recentsDue     = "recipients/due" // there when the cards are not what that says
)

const (
	maxRecents  = 300 // addresses that are kept
	maxRecentTo = 50  // recipients of a message that is no circular
	// halfLife is after how long one use counts half as much as another.
	halfLife = 90 * 24 * time.Hour
	// rankStep is how much two ranks are apart: an address that is used every day gets a new card that often.
	rankStep = 14 * 24 * time.Hour
	// oneUse is how long further messages count for nothing.
	oneUse = 24 * time.Hour
)

// rankZero is when ranks began.
var rankZero = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

// A recent is an address that somebody writes to.
type recent struct {
	address string // canonical: the key
	name    string // as the author wrote it; may be empty
	// score is a point in time, in Unix seconds: that of a single use that would count as much today as all uses do.
	// Since all count less at the same pace, an order by it stays as it is.
	score int64
	last  int64 // Unix seconds of the last use that counted
}

// String is the line that keeps it.
func (r recent) String() string {
	return fmt.Sprintf("%d\t%d\t%s\t%s\n", r.score, r.last, r.address, r.name)
}

// parseRecents reads lines, the other way round than String; what is none is left out.
func parseRecents(raw []byte) (list []recent) {
	for line := range strings.Lines(string(raw)) {
		parts := strings.SplitN(strings.TrimSuffix(line, "\n"), "\t", 4)
		if len(parts) < 4 {
			continue
		}
		score, err := strconv.ParseInt(parts[0], 10, 64)
		last, err2 := strconv.ParseInt(parts[1], 10, 64)
		if err == nil && err2 == nil {
			list = append(list, recent{parts[2], parts[3], score, last})
		}
	}
	return list
}

// rank is the place in the order of use; a greater one is used more.
func (r recent) rank() int64 {
	return max(1, int64(time.Unix(r.score, 0).Sub(rankZero)/rankStep))
}

// use counts one more use, and reports whether the card is another one for it.
func (r *recent) use(name string, now time.Time) bool {
	at := now.Unix()
	if r.last != 0 && at-r.last < int64(oneUse/time.Second) {
		return false
	}
	before := r.rank()
	high, low := float64(max(r.score, at)), float64(min(r.score, at))
	half := halfLife.Seconds()
	fresh := r.last == 0
	if r.last = at; fresh {
		r.score = at
	} else {
		r.score = int64(high + half*math.Log2(1+math.Exp2((low-high)/half)))
	}
	if !fresh && r.rank() == before {
		return false
	}
	if name != "" {
		r.name = name
	}
	return true
}

// Wrote notes that the author of a message wrote to people, names by addresses as the message has them, in the transaction
// that sends it. A message to more than 50 says nothing of whom somebody writes to.
func (*Recents) Wrote(tx store.Tx, acct store.AccountID, to map[string]string, now time.Time) error {
	if len(to) > maxRecentTo || acct == 0 {
		return nil
	}
	raw, err := tx.Setting(acct, recentsSetting)
	if err != nil && !errors.Is(err, store.NotFound) {
		return fmt.Errorf("recipients: %w", err)
	}
	author, err := tx.AccountByID(acct)
	if err != nil {
		return fmt.Errorf("author: %w", err)
	}
	list := parseRecents(raw)
	due := false
	for addr, name := range to {
		canonical, err := address.Canonical(addr)
		if err != nil || canonical == author.Name || strings.ContainsFunc(canonical, isBreak) {
			continue
		}
		i := slices.IndexFunc(list, func(r recent) bool { return r.address == canonical })
		if i < 0 {
			i, list = len(list), append(list, recent{address: canonical})
		}
		due = list[i].use(nameWritten(name, canonical), now) || due
	}
	return writeRecents(tx, acct, raw, list, due)
}

// writeRecents keeps the first of them, if anything changed. due says that cards are to follow: that wakes who makes them.
func writeRecents(tx store.Tx, acct store.AccountID, before []byte, list []recent, due bool) error {
	slices.SortFunc(list, func(a, b recent) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.address, b.address))
	})
	var text bytes.Buffer
	for _, r := range list[:min(len(list), maxRecents)] {
		text.WriteString(r.String())
	}
	if bytes.Equal(text.Bytes(), before) {
		return nil
	}
	if err := tx.PutSetting(acct, recentsSetting, text.Bytes()); err != nil {
		return fmt.Errorf("recipients: %w", err)
	}
	if !due {
		return nil
	}
	if err := tx.PutSetting(acct, recentsDue, []byte{}); err != nil {
		return fmt.Errorf("recipients: %w", err)
	}
	_, err := tx.ModSeq()
	return err
}

// nameWritten is the name that a message gives an address, empty if that says nothing.
func nameWritten(name, addr string) string {
	const longest = 200 // bytes
	name = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(name, ""), func(r rune) bool { return r == ' ' || isBreak(r) }), " ")
	name = strings.Trim(name, `'"`)
	if strings.EqualFold(name, addr) || len(name) > longest {
		return ""
	}
	return name
}

func isBreak(r rune) bool { return r < ' ' || r == 0x7F || r == 0x2028 || r == 0x2029 }

// Tend brings the cards of an account up to date. Two calls for one account must not overlap.
func (b *Recents) Tend(ctx context.Context, acct store.AccountID) error {
	w := recentWork{store: b.Store, acct: acct}
	err := w.run(ctx)
	if errors.Is(err, store.NotFound) {
		if _, gone := b.Store.ModSeq(acct); errors.Is(gone, store.NotFound) {
			return nil
		}
	}
	if err != nil && !errors.Is(err, store.OverQuota) {
		return fmt.Errorf("recipients: %w", err)
	}
	return nil
}
