package calendar

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/gannetmail/gannet/store"
)

// The kinds of resource. The zero value is none: the account is somebody's.
const (
	Room      = "room"
	Equipment = "equipment"
)

// Bounds and defaults of [Resource].
const (
	DefaultHorizon  = 365 // days
	MaxHorizon      = 1826
	DefaultLongest  = 24 * 60 // minutes
	MaxLongest      = 60 * 24 * 60
	MaxSeats        = 100_000
	maxResourceText = 256 // bytes
)

// A Resource is how an account that is no person, but a room or a thing, answers who wants to have it. The setting
// "resource" of the account holds it as JSON.
type Resource struct {
	Kind     string `json:"kind"`               // Room or Equipment; empty: no resource
	Capacity int    `json:"capacity,omitempty"` // people; 0: not said
	Building string `json:"building,omitempty"`
	Floor    string `json:"floor,omitempty"`
	Horizon  int    `json:"horizon"`             // days from now within which a meeting must begin
	Longest  int    `json:"longest"`             // minutes that an occurrence may take; 0: any
	Share    int    `json:"conflicts,omitempty"` // percent of a series' occurrences that may be taken already and are declined one by one
	Outside  bool   `json:"outside,omitempty"`   // people elsewhere are answered too
}

// NewResource is one of a kind with the usual rules.
func NewResource(kind string) Resource {
	return Resource{Kind: kind, Horizon: DefaultHorizon, Longest: DefaultLongest}
}

// Is reports whether it is a resource at all.
func (r Resource) Is() bool { return r.Kind != "" }

// Until is the end of the time in which it can be had.
func (r Resource) Until(now time.Time) time.Time { return now.AddDate(0, 0, r.Horizon) }

// check says what is wrong with it; the error is store.Invalid.
func (r Resource) check() error {
	switch {
	case r.Kind != Room && r.Kind != Equipment:
		return fmt.Errorf("kind %.40q: %w: it is %s or %s", r.Kind, store.Invalid, Room, Equipment)
	case r.Capacity < 0 || r.Capacity > MaxSeats:
		return fmt.Errorf("capacity %d: it is 0 to %d: %w", r.Capacity, MaxSeats, store.Invalid)
	case r.Horizon < 1 || r.Horizon > MaxHorizon:
		return fmt.Errorf("horizon of %d days: it is 1 to %d: %w", r.Horizon, MaxHorizon, store.Invalid)
	case r.Longest < 0 || r.Longest > MaxLongest:
		return fmt.Errorf("longest of %d minutes: it is 0 to %d: %w", r.Longest, MaxLongest, store.Invalid)
	case r.Share < 0 || r.Share > 99:
		return fmt.Errorf("conflicts of %d percent: it is 0 to 99: %w", r.Share, store.Invalid)
	case len(r.Building) > maxResourceText || len(r.Floor) > maxResourceText:
		return fmt.Errorf("building or floor: at most %d bytes: %w", maxResourceText, store.Invalid)
	}
	return nil
}

const resourceSetting = "resource"

// ReadResource returns what an account is; the zero value for somebody's.
func ReadResource(r store.Directory, acct store.AccountID) (Resource, error) {
	raw, err := r.Setting(acct, resourceSetting)
	if errors.Is(err, store.NotFound) {
		return Resource{}, nil
	} else if err != nil {
		return Resource{}, fmt.Errorf("resource of account %d: %w", acct, err)
	}
	var res Resource
	if err := json.Unmarshal(raw, &res); err != nil {
		return Resource{}, fmt.Errorf("resource of account %d: %w: %w", acct, err, store.Damaged)
	}
	return res, nil
}

// WriteResource makes an account a resource, or somebody's again by the zero value. What is not possible is
// store.Invalid.
func WriteResource(tx store.DirectoryTx, acct store.AccountID, res Resource) error {
	if res == (Resource{}) {
		return tx.PutSetting(acct, resourceSetting, nil)
	}
	if err := res.check(); err != nil {
		return err
	}
	raw, err := json.Marshal(res)
	if err != nil {
		return fmt.Errorf("resource of account %d: %w", acct, err)
	}
	return tx.PutSetting(acct, resourceSetting, raw)
}
