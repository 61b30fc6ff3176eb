package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/gannetmail/gannet/calendar"
	"github.com/gannetmail/gannet/contacts"
	"github.com/gannetmail/gannet/store"
)

// resourceRequest names an account and says what is to be changed of it as a resource; nil: as it is.
type resourceRequest struct {
	Account string `json:"account"`
	resourceChange
}

// resourceChange is what is set of a resource.
type resourceChange struct {
	Kind      *string `json:"kind,omitempty"` // calendar.Room, calendar.Equipment; "none": somebody's account again
	Capacity  *int    `json:"capacity,omitempty"`
	Building  *string `json:"building,omitempty"`
	Floor     *string `json:"floor,omitempty"`
	Horizon   *int    `json:"horizon,omitempty"` // days
	Longest   *int    `json:"longest,omitempty"` // minutes; 0: any
	Conflicts *int    `json:"conflicts,omitempty"`
	Outside   *bool   `json:"outside,omitempty"`
}

// resourceInfo is a resource as the verbs show it.
type resourceInfo struct {
	Account string `json:"account"`
	Display string `json:"display"`
	calendar.Resource
}

// noResource is the kind of an account that is somebody's.
const noResource = "none"

func (a *admin) showResource(ctx context.Context, q resourceRequest, _ say) (info resourceInfo, err error) {
	err = a.view(ctx, func(r store.Reader) error {
		account, err := findAccount(r, q.Account)
		if err != nil {
			return err
		}
		res, err := calendar.ReadResource(r, account.ID)
		if err == nil && !res.Is() {
			return notFound("%s is no resource; make it one with: gannet account resource set %s --kind room", account.Name, account.Name)
		}
		info = resourceInfo{account.Name, account.Display, res}
		return err
	})
	return info, err
}

func (a *admin) listResources(ctx context.Context, _ nothing, _ say) ([]resourceInfo, error) {
	all := []resourceInfo{}
	err := a.view(ctx, func(r store.Reader) error {
		accounts, err := r.Accounts()
		if err != nil {
			return err
		}
		for _, one := range accounts {
			res, err := calendar.ReadResource(r, one.ID)
			if err != nil {
				return err
			}
			if res.Is() {
				all = append(all, resourceInfo{one.Name, one.Display, res})
			}
		}
		return nil
	})
	return all, err
}

func (a *admin) setResource(ctx context.Context, q resourceRequest, _ say) (info resourceInfo, err error) {
	err = a.update(ctx, func(tx store.Tx) error {
		account, err := findAccount(tx, q.Account)
		if err != nil {
			return err
		}
		res, err := q.apply(tx, account)
		info = resourceInfo{account.Name, account.Display, res}
		return err
	})
	return info, err
}

// apply changes an account's resource, and what the address list says of it: where it is, and what it is.
func (q resourceChange) apply(tx store.Tx, account store.Account) (calendar.Resource, error) {
	before, err := calendar.ReadResource(tx, account.ID)
	if err != nil {
		return before, err
	}
	now, err := q.changed(before, account.Name)
	if err != nil {
		return now, err
	}
	if err := calendar.WriteResource(tx, account.ID, now); err != nil {
		return now, usageIf(err, store.Invalid)
	}
	p, err := contacts.ReadProperties(tx, account.ID)
	if err != nil {
		return now, err
	}
	if p.Office == officeOf(before) { // nobody said anything else
		p.Office = officeOf(now)
	}
	if p.Title == titleOf(before) {
		p.Title = titleOf(now)
	}
	return now, contacts.WriteProperties(tx, account.ID, p)
}

// changed is a resource with the changes.
func (q resourceChange) changed(r calendar.Resource, name string) (calendar.Resource, error) {
	switch {
	case q.Kind != nil && *q.Kind == noResource:
		return calendar.Resource{}, nil
	case q.Kind != nil && !r.Is():
		r = calendar.NewResource(*q.Kind)
	case q.Kind != nil:
		r.Kind = *q.Kind
	case !r.Is():
		return r, usagef("%s is no resource; say --kind room or --kind equipment to make it one", name)
	}
	set(&r.Capacity, q.Capacity)
	set(&r.Building, q.Building)
	set(&r.Floor, q.Floor)
	set(&r.Horizon, q.Horizon)
	set(&r.Longest, q.Longest)
	set(&r.Share, q.Conflicts)
	set(&r.Outside, q.Outside)
	return r, nil
}

// set sets what is said.
func set[T any](to, said *T) {
	if said != nil {
		*to = *said
	}
}

// officeOf is where a resource is, as the address list has it.
func officeOf(r calendar.Resource) string {
	var words []string
	if r.Building != "" {
		words = append(words, r.Building)
	}
	if r.Floor != "" {
		words = append(words, "floor "+r.Floor)
	}
	return strings.Join(words, ", ")
}

// titleOf is what a resource is, as the address list has it: clients know rooms by their words only.
func titleOf(r calendar.Resource) string {
	kind := map[string]string{calendar.Room: "Room", calendar.Equipment: "Equipment"}[r.Kind]
	if kind != "" && r.Capacity > 0 {
		kind = fmt.Sprintf("%s for %d people", kind, r.Capacity)
	}
	return kind
}

// longestText is how long a resource can be had.
func longestText(r calendar.Resource) string {
	if r.Longest == 0 {
		return "without bound"
	}
	return Duration(time.Duration(r.Longest) * time.Minute).String()
}
