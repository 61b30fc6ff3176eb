package main

import (
	"context"
	"fmt"

	"github.com/gannetmail/gannet/activesync/asclient"
)

// phone is one device with the Inbox of its account.
type phone struct {
	*asclient.Client
	inbox *asclient.Folder
}

// newPhone adds an account to a device, as far as Ping needs: policy, folders, the Inbox's first key.
func (b *bench) newPhone(ctx context.Context, account, id string) (*phone, error) {
	p, err := b.newDevice(ctx, account, id, "14.1")
	if err != nil {
		return nil, err
	}
	if _, err := p.sync(ctx, 1); err != nil {
		return nil, fmt.Errorf("device %s: %w", id, err)
	}
	return p, nil
}

// newDevice adds an account to a device that speaks a version: policy and folders.
func (b *bench) newDevice(ctx context.Context, account, id, version string) (*phone, error) {
	client, err := b.site.HTTP(false)
	if err != nil {
		return nil, err
	}
	p := &phone{Client: asclient.New(asclient.Config{
		URL: b.server.ActiveSync(), User: account, Password: password, DeviceID: id, Version: version, HTTP: client,
	})}
	if err := p.Provision(ctx); err != nil {
		return nil, fmt.Errorf("device %s: %w", id, err)
	}
	if err := p.FolderSync(ctx); err != nil {
		return nil, fmt.Errorf("device %s: %w", id, err)
	}
	if p.inbox = p.FolderByType(asclient.TypeInbox); p.inbox == nil {
		return nil, fmt.Errorf("device %s: no Inbox", id)
	}
	return p, nil
}

// close drops the device's connections.
func (p *phone) close() { p.HTTP.CloseIdleConnections() }

// sync is one Sync of the Inbox with the options that iPhones send.
func (p *phone) sync(ctx context.Context, window int) (*asclient.FolderResult, error) {
	result, err := p.Sync(ctx, asclient.SyncRequest{Folders: []asclient.SyncFolder{{
		Folder: p.inbox, Window: window,
		Options: p.MailOptions(asclient.MailOptions{Filter: 0, Conflict: 1,
			Bodies: []asclient.BodyPreference{{Type: asclient.HTML, Truncation: 500}}}),
	}}})
	if err != nil {
		return nil, err
	}
	got := result.Folders[p.inbox.ID]
	switch {
	case got == nil: // an empty answer: nothing new
		return &asclient.FolderResult{Status: 1}, nil
	case got.Status != 1:
		return nil, fmt.Errorf("sync of the Inbox: status %d", got.Status)
	}
	return got, nil
}

// syncAll syncs until nothing more is available and returns how many items came, in how many requests.
func (p *phone) syncAll(ctx context.Context, window int) (items, requests int, err error) {
	for {
		got, err := p.sync(ctx, window)
		if err != nil {
			return items, requests, err
		}
		requests++
		items += len(got.Added)
		if !got.More {
			return items, requests, nil
		}
	}
}
