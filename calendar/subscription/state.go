package subscription

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/gannetmail/gannet/store"
)

// settingPrefix begins the name of the setting of each folder: the number of the collection follows.
const settingPrefix = "subscription/"

// Bounds of what a state tells.
const (
	maxTold   = 10  // refusals
	maxReason = 300 // bytes
)

// A Refusal is an event that was left out.
type Refusal struct {
	Line   int    `json:"line"` // in the calendar as it was fetched
	Reason string `json:"reason"`
}

// A Status is how a subscription fares.
type Status struct {
	Fetched time.Time `json:"fetched,omitzero"` // when it was last fetched and found good, or the same
	Changed time.Time `json:"changed,omitzero"` // when that last changed something
	Next    time.Time `json:"next,omitzero"`    // when it is fetched again; zero if it is not
	Error   string    `json:"error,omitempty"`  // why the last fetch changed nothing; "" if it was good
	Fails   int       `json:"fails,omitempty"`  // fetches since the last good one
	Lost    int       `json:"lost,omitempty"`   // of these at the end, that found nothing there
	Ended   bool      `json:"ended,omitempty"`  // it is not fetched again by itself

	Skipped int       `json:"skipped,omitempty"` // tasks, notes and free times in the calendar
	Refused int       `json:"refused,omitempty"` // events that were left out
	Told    []Refusal `json:"told,omitempty"`    // the first of them
}

// A state is all that is remembered.
type state struct {
	Status
	Form     string        `json:"form"` // of what is stored; see [form]
	ETag     string        `json:"etag,omitempty"`
	Modified string        `json:"modified,omitempty"`
	Hash     string        `json:"hash,omitempty"` // of the calendar
	Wish     time.Duration `json:"wish,omitempty"` // how often the calendar wants to be fetched
	Pace     time.Duration `json:"pace,omitempty"` // how often it is when nobody says
}

func settingOf(c store.CollectionID) string {
	return settingPrefix + strconv.FormatInt(int64(c), 10)
}

// readState returns what is remembered of a folder; the zero state if nothing is, or what is no longer understood.
func readState(r store.Directory, acct store.AccountID, c store.CollectionID) (state, error) {
	var st state
	raw, err := r.Setting(acct, settingOf(c))
	if errors.Is(err, store.NotFound) {
		return st, nil
	} else if err != nil {
		return st, fmt.Errorf("state of subscription: %w", err)
	}
	if json.Unmarshal(raw, &st) != nil {
		return state{}, nil
	}
	if st.Form != form {
		st.forget()
	}
	return st, nil
}

// forget makes the next fetch read and compare the calendar whatever the server says.
func (st *state) forget() { st.ETag, st.Modified, st.Hash, st.Form = "", "", "", form }

func (st *state) write(tx store.DirectoryTx, acct store.AccountID, c store.CollectionID) error {
	raw, err := json.Marshal(st)
	if err != nil {
		return fmt.Errorf("state of subscription: %w", err)
	}
	return tx.PutSetting(acct, settingOf(c), raw)
}

// firstBytes cuts a text that others may have written.
func firstBytes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n] + "…"
}
