//go:build e2e

package easmodel

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"

	"github.com/gannetmail/gannet/activesync/asclient"
	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/sqlite"
	"github.com/gannetmail/gannet/wbxml"
)

// A sight is what a person sees of a message in a list.
type sight struct {
	subject string
	read    bool
	flagged bool
}

// compare compares what the devices show with the store's file, while no server runs.
func (w *world) compare() (err error) {
	st, err := sqlite.Open(w.ctx, filepath.Join(w.site.Data, "gannet.db"), sqlite.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	stored, err := w.stored(st)
	if err != nil {
		return err
	}
	var errs []error
	for _, p := range w.phones {
		errs = append(errs, p.compare(stored))
	}
	return errors.Join(append(errs, w.compareSent(stored))...)
}

// stored reads the folders of alice, by their ids.
func (w *world) stored(st store.Store) (map[string]map[string]sight, error) {
	folders := map[string]map[string]sight{}
	var account store.AccountID
	err := st.View(w.ctx, 0, func(r store.Reader) error {
		ids, err := r.Resolve(alice)
		if err == nil {
			account = ids[0]
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return folders, st.View(w.ctx, account, func(r store.Reader) error {
		all, err := r.Collections(0)
		if err != nil {
			return err
		}
		for _, c := range all {
			if c.Class != store.Mail {
				continue
			}
			items := map[string]sight{}
			folders[fmt.Sprint("c", c.ID)] = items
			for rec, err := range r.ByUID(c.ID, 1, store.MaxUID, store.WantSummary) {
				if err != nil {
					return err
				}
				s, err := mail.UnmarshalSummary(rec.Item.Summary)
				if err != nil {
					return err
				}
				items[fmt.Sprintf("c%d:%d", c.ID, rec.UID)] = sight{
					s.Envelope.Subject, rec.Item.Flags&store.Seen != 0, rec.Item.Flags&store.Flagged != 0,
				}
			}
		}
		return nil
	})
}

// compare compares one device with the store.
func (p *phone) compare(stored map[string]map[string]sight) error {
	var errs []error
	for _, f := range p.mail() {
		shown := map[string]sight{}
		for id, item := range f.Items {
			s := sight{
				item.Value(wbxml.EmailSubject), item.Value(wbxml.EmailRead) == "1", item.Value(wbxml.EmailFlag, wbxml.EmailStatus) == "2",
			}
			if item.Value(wbxml.EmailRead) == "" { // a draft of its own, of which it has not been told that
				s.read = stored[f.ID][id].read
			}
			shown[id] = s
		}
		want := maps.Clone(stored[f.ID])
		if !p.AtLeast("12.0") { // knows no flags
			for id, s := range want {
				s.flagged = false
				want[id] = s
			}
		}
		if !maps.Equal(shown, want) {
			errs = append(errs, fmt.Errorf("%s (%s) shows in %s\n%v, there is\n%v", p.DeviceID, p.Version, f.Name, shown, want))
		}
	}
	return errors.Join(errs...)
}

// compareSent looks whether what was sent is in Sent once.
func (w *world) compareSent(stored map[string]map[string]sight) error {
	copies := map[string]int{}
	for _, f := range w.phones[0].mail() {
		for _, s := range stored[f.ID] {
			if f.Type != asclient.TypeDrafts {
				copies[s.subject]++
			}
		}
	}
	var errs []error
	for subject := range w.sent {
		if copies[subject] > 1 {
			errs = append(errs, fmt.Errorf("%d copies of %q", copies[subject], subject))
		}
	}
	return errors.Join(errs...)
}
