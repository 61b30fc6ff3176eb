package autoreply

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gannetmail/gannet/store"
)

// setting is the name under which an account's Oof is kept.
const setting = "oof"

// formVersion is the version of the stored form.
const formVersion = 1

// form is the stored form: JSON. A later version is refused rather than misread.
type form struct {
	Version  int                    `json:"version"`
	State    string                 `json:"state"`
	Start    time.Time              `json:"start,omitzero"`
	End      time.Time              `json:"end,omitzero"`
	Since    time.Time              `json:"since,omitzero"`
	Messages map[string]formMessage `json:"messages"`
}

type formMessage struct {
	Enabled bool   `json:"enabled"`
	HTML    bool   `json:"html,omitempty"`
	Text    string `json:"text,omitempty"`
}

// Load reads the setting of an account as it is kept: see [Oof.As]. One that never had any has the zero
// value. The error is store.Damaged for what cannot be read.
func Load(r store.Directory, acct store.AccountID) (Oof, error) {
	raw, err := r.Setting(acct, setting)
	if errors.Is(err, store.NotFound) {
		return Oof{}, nil
	} else if err != nil {
		return Oof{}, fmt.Errorf("out-of-office setting: %w", err)
	}
	return decode(raw)
}

// Save keeps the setting of an account: Since is set here, and times that belong to no schedule are dropped.
// Answering begins anew, and everybody hears once more, when it was off or its schedule begins at another time;
// a changed text alone does not. What is the same already is not written.
//
// Errors: store.Invalid for a schedule that does not end after it begins, or text that is not UTF-8;
// store.TooLarge for a text beyond MaxMessage.
func Save(tx store.Tx, acct store.AccountID, o Oof, now time.Time) error {
	if o.State != Scheduled {
		o.Start, o.End = time.Time{}, time.Time{}
	}
	o.Start, o.End = o.Start.UTC().Truncate(time.Millisecond), o.End.UTC().Truncate(time.Millisecond)
	if why := o.problem(); why != "" {
		return fmt.Errorf("out-of-office setting: %s: %w", why, store.Invalid)
	}
	for _, m := range o.Messages {
		if len(m.Text) > MaxMessage {
			return fmt.Errorf("out-of-office text of %d bytes: %w", len(m.Text), store.TooLarge)
		}
	}
	old, err := Load(tx, acct)
	if errors.Is(err, store.Damaged) {
		old = Oof{}
	} else if err != nil {
		return err
	}
	if o.same(old) && err == nil {
		return nil
	}
	o.Since = activation(old.As(now), o, now)
	raw, err := encode(o)
	if err != nil {
		return err
	}
	if err := tx.PutSetting(acct, setting, raw); err != nil {
		return fmt.Errorf("keep out-of-office setting: %w", err)
	}
	return nil
}

// activation is the Since of a setting that follows another.
func activation(old, o Oof, now time.Time) time.Time {
	if o.State == Off || old.State != Off && o.Start.Equal(old.Start) {
		return old.Since
	}
	since := now.UTC().Truncate(time.Millisecond)
	if !since.After(old.Since) { // within a millisecond, or the clock went back
		since = old.Since.Add(time.Millisecond)
	}
	return since
}

func encode(o Oof) ([]byte, error) {
	f := form{Version: formVersion, State: o.State.String(), Start: o.Start, End: o.End, Since: o.Since, Messages: map[string]formMessage{}}
	for a, m := range o.Messages {
		f.Messages[Audience(a).String()] = formMessage(m)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // HTML would be thrice as long
	if err := e.Encode(f); err != nil {
		return nil, fmt.Errorf("encode out-of-office setting: %w", err)
	}
	return b.Bytes(), nil
}

func decode(raw []byte) (Oof, error) {
	var f form
	if err := json.Unmarshal(raw, &f); err != nil {
		return Oof{}, fmt.Errorf("out-of-office setting: %w: %w", err, store.Damaged)
	}
	state := slices.Index(stateNames[:], f.State)
	if f.Version != formVersion || state < 0 {
		return Oof{}, fmt.Errorf("out-of-office setting of version %d, state %.20q: %w", f.Version, f.State, store.Damaged)
	}
	o := Oof{State: State(state), Start: f.Start.UTC(), End: f.End.UTC(), Since: f.Since.UTC()}
	for a := range o.Messages {
		o.Messages[a] = Message(f.Messages[Audience(a).String()])
	}
	if why := o.problem(); why != "" {
		return Oof{}, fmt.Errorf("out-of-office setting: %s: %w", why, store.Damaged)
	}
	return o, nil
}
