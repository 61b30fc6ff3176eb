package main

import (
	"cmp"
	"errors"
	"time"

	"github.com/gannetmail/gannet/activesync"
	"github.com/gannetmail/gannet/activesync/doctor"
	"github.com/gannetmail/gannet/store"
)

// deviceDoctor is what is known of how a device fares.
type deviceDoctor struct {
	doctor.Report
	Folders map[int64]string `json:"folders"` // names of those that the report speaks of
	Story   []string         `json:"story"`   // the events as sentences, in the server's time zone, oldest first
}

// report returns what the serving process knows of a device, or what the store has kept of it.
func (a *admin) report(r store.Reader, d store.Device) (doctor.Report, error) {
	if a.server != nil && a.server.doctor != nil {
		return a.server.doctor(r, d.Account, d.ID)
	}
	return activesync.SavedReport(r, d.ID)
}

// doctorOf returns it for people.
func (a *admin) doctorOf(r store.Reader, d store.Device) (*deviceDoctor, error) {
	report, err := a.report(r, d)
	if err != nil {
		return nil, err
	}
	out := &deviceDoctor{Report: report, Folders: map[int64]string{}, Story: []string{}}
	for _, w := range report.Counters.Wakes {
		out.name(r, w.Collection)
	}
	words := doctor.Words{Device: deviceWord(d), Now: a.now().In(time.Local), Folder: func(c int64) string {
		out.name(r, c)
		return out.Folders[c]
	}}
	for _, e := range report.Events {
		out.Story = append(out.Story, e.Sentence(words))
	}
	return out, nil
}

// name looks up what a collection is called.
func (d *deviceDoctor) name(r store.Reader, id int64) {
	if _, known := d.Folders[id]; known || id == 0 {
		return
	}
	c, err := r.Collection(store.CollectionID(id))
	if errors.Is(err, store.NotFound) {
		c, err = lentFolder(r, store.CollectionID(id))
	}
	if err != nil && !errors.Is(err, store.NotFound) {
		return // the sentence does without
	}
	d.Folders[id] = c.Name
}

// lentFolder returns a folder that another account shares with this one, with its owner in its name.
func lentFolder(r store.Reader, id store.CollectionID) (store.Collection, error) {
	shared, err := r.Shared()
	if err != nil {
		return store.Collection{}, err
	}
	for _, s := range shared {
		if s.ID == id {
			owner, err := r.AccountByID(s.Account)
			s.Name += " (" + owner.Name + ")"
			return s.Collection, err
		}
	}
	return store.Collection{}, store.NotFound
}

// deviceWord is what sentences call a device.
func deviceWord(d store.Device) string {
	return plain(cmp.Or(d.Type, d.Model))
}
