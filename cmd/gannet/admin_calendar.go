package main

import (
	"context"
	"errors"
	"log/slog"

	"github.com/gannetmail/gannet/calendar/subscription"
	"github.com/gannetmail/gannet/store"
)

// newSubscriptions makes what keeps subscribed calendars. observe, when not nil, hears how each fetch ended.
func newSubscriptions(c *Config, st store.Store, log *slog.Logger, observe func(string)) *subscription.Service {
	return subscription.New(st, subscription.Options{
		Hosts: c.Calendars.Hosts, Off: !c.Calendars.Fetch, Log: log, Observe: observe,
	})
}

// calendarRequest names an account and a calendar that others publish.
type calendarRequest struct {
	Account string `json:"account"`
	Name    string `json:"name,omitempty"` // of the folder; empty: what the calendar calls itself, or every folder
	URL     string `json:"url,omitempty"`
	ShowURL bool   `json:"show_url,omitempty"`
}

// calendarInfo is a subscribed calendar.
type calendarInfo struct {
	Account string `json:"account"`
	Folder  string `json:"folder"`
	Host    string `json:"host"`
	URL     string `json:"url,omitempty"` // only for who asks: it may hold a secret
	Events  int64  `json:"events"`
	subscription.Status
}

func newCalendarInfo(account store.Account, s subscription.Subscription) calendarInfo {
	return calendarInfo{Account: account.Name, Folder: s.Folder, Host: s.Host, Events: s.Events, Status: s.Status}
}

// calendarChange is what a fetch of a calendar changed, or why it did not.
type calendarChange struct {
	Folder string `json:"folder"`
	subscription.Changes
	Error string `json:"error,omitempty"`
}

func (a *admin) subscribeCalendar(ctx context.Context, q calendarRequest, _ say) (calendarInfo, error) {
	account, err := a.account(ctx, q.Account)
	if err != nil {
		return calendarInfo{}, err
	}
	s, err := a.subscriptions.Subscribe(ctx, account.ID, q.URL, q.Name)
	return newCalendarInfo(account, s), err
}

// listCalendars lists what an account is subscribed to, or all accounts.
func (a *admin) listCalendars(ctx context.Context, q calendarRequest, _ say) ([]calendarInfo, error) {
	var accounts []store.Account
	if err := a.view(ctx, func(r store.Reader) (err error) {
		if q.Account == "" {
			accounts, err = r.Accounts()
			return err
		}
		one, err := findAccount(r, q.Account)
		accounts = append(accounts, one)
		return err
	}); err != nil {
		return nil, err
	}
	infos := []calendarInfo{}
	for _, account := range accounts {
		list, err := a.subscriptions.List(ctx, account.ID)
		if err != nil {
			return nil, err
		}
		for _, s := range list {
			info := newCalendarInfo(account, s)
			if q.ShowURL {
				info.URL = s.URL
			}
			infos = append(infos, info)
		}
	}
	return infos, nil
}

// subscribed finds the calendars that a request means, all if it names none.
func (a *admin) subscribed(ctx context.Context, q calendarRequest) (store.Account, []subscription.Subscription, error) {
	account, err := a.account(ctx, q.Account)
	if err != nil {
		return account, nil, err
	}
	list, err := a.subscriptions.List(ctx, account.ID)
	if err != nil || q.Name == "" {
		return account, list, err
	}
	for _, s := range list {
		if s.Folder == q.Name {
			return account, []subscription.Subscription{s}, nil
		}
	}
	return account, nil, notFound("%s has no subscribed calendar %s; `gannet calendar list %s` shows all", account.Name, q.Name, account.Name)
}

func (a *admin) unsubscribeCalendar(ctx context.Context, q calendarRequest, _ say) (nothing, error) {
	if q.Name == "" {
		return nothing{}, usagef("say which calendar")
	}
	account, list, err := a.subscribed(ctx, q)
	if err != nil {
		return nothing{}, err
	}
	return nothing{}, a.subscriptions.Unsubscribe(ctx, account.ID, list[0].Collection)
}

// refreshCalendars fetches calendars now. What keeps one from that is told with it.
func (a *admin) refreshCalendars(ctx context.Context, q calendarRequest, _ say) ([]calendarChange, error) {
	account, list, err := a.subscribed(ctx, q)
	if err != nil {
		return nil, err
	}
	changes := []calendarChange{}
	for _, s := range list {
		_, changed, err := a.subscriptions.Refresh(ctx, account.ID, s.Collection)
		if ctx.Err() != nil || errors.Is(err, subscription.ErrOff) {
			return changes, err
		}
		one := calendarChange{Folder: s.Folder, Changes: changed}
		if err != nil {
			one.Error = explain(err, "")
		}
		changes = append(changes, one)
	}
	return changes, nil
}
