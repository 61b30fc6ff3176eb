package policy

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/gannetmail/gannet/store"
)

// What happens to a device, for its history.
const (
	EventAllowed     = "allowed"
	EventBlocked     = "blocked"
	EventQuarantined = "quarantined"
	EventRefused     = "did not apply the policy"
	EventTold        = "user told that it is kept out"
	EventWipeAsked   = "wipe asked for"
	EventWipeSent    = "told to wipe"
	EventWipeDone    = "reported the wipe as done"
	EventWipeFailed  = "reported the wipe as failed"
	EventWipeTaken   = "wipe taken back"
	EventKeptOut     = "kept out: it cannot remove the account alone"
	EventRemoved     = "forgotten"
)

// What a wipe is about, for the note of its events.
const (
	AccountOnly = "the account only"
	WholeDevice = "everything on the device"
)

// Event is one thing that happened to a device. What happens over and over is one event.
type Event struct {
	At    time.Time `json:"at"`
	What  string    `json:"what"`
	By    string    `json:"by,omitempty"`    // who decided: a person, a rule; empty: the device
	Note  string    `json:"note,omitempty"`  // more about it
	Times int       `json:"times,omitempty"` // how often, if more than once
	Last  time.Time `json:"last,omitzero"`   // when it happened last, if more than once
}

// maxEvents is how many events of a device are remembered: the last.
const maxEvents = 200

// histories are the settings of the account that hold them. They stay when the device is forgotten.
const histories = "device/history/"

// ReadHistory lists what happened to a device, the oldest first.
func ReadHistory(d store.Directory, acct store.AccountID, device string) ([]Event, error) {
	var list []Event
	return list, readSetting(d, acct, settingName(histories, device), &list)
}

// Record adds an event to the history of a device of tx's account.
func Record(tx store.Tx, acct store.AccountID, device string, e Event) error {
	list, err := ReadHistory(tx, acct, device)
	if err != nil {
		return err
	}
	e.At = e.At.UTC().Truncate(time.Second)
	if n := len(list); n > 0 && list[n-1].same(e) {
		last := &list[n-1]
		last.Times, last.Last = max(last.Times, 1)+1, e.At
	} else {
		list = append(list, e)
	}
	list = list[max(len(list)-maxEvents, 0):]
	return writeSetting(tx, acct, settingName(histories, device), list)
}

func (e Event) same(other Event) bool {
	return e.What == other.What && e.By == other.By && e.Note == other.Note
}

func readState(r store.Reader, device, key string, v any) error {
	raw, err := r.State(device, key)
	if errors.Is(err, store.NotFound) {
		return nil
	} else if err != nil {
		return fmt.Errorf("state %s of a device: %w", key, err)
	}
	if err := json.Unmarshal(raw, v); err != nil {
		return fmt.Errorf("state %s of a device: %w", key, err)
	}
	return nil
}

func writeState(tx store.Tx, device, key string, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("state %s of a device: %w", key, err)
	}
	if err := tx.PutState(device, key, raw); err != nil {
		return fmt.Errorf("state %s of a device: %w", key, err)
	}
	return nil
}
