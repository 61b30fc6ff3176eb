package contacts

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/address"
	"github.com/gannetmail/gannet/store/fold"
)

// MaxAge is how long [Directory.Find] may not yet know a change of accounts, aliases and properties.
const MaxAge = 10 * time.Second

// A Directory is the company's address list. It is safe for concurrent use; its fields must not change once
// it is used.
//
// What it finds by the beginnings of names is read from memory and at most [MaxAge] old; what it tells of one
// account or address is read from the store each time.
type Directory struct {
	Store store.Store
	Now   func() time.Time // nil: time.Now

	listing listing
}

// Find lists the people whose names text may be the beginning of, in the order of their display names: at
// most limit of them (0 and less: all) from the offset-th on, and how many there are in all. Text without
// letters and digits finds nobody.
func (d *Directory) Find(ctx context.Context, text string, offset, limit int) (people []Person, total int, err error) {
	want := typedWords(text)
	if len(want) == 0 {
		return nil, 0, nil
	}
	rows, err := d.rows(ctx)
	if err != nil {
		return nil, 0, err
	}
	for i := range rows {
		if !rows[i].matches(want) {
			continue
		}
		if total >= offset && (limit <= 0 || len(people) < limit) {
			people = append(people, rows[i].Person)
		}
		total++
	}
	return people, total, nil
}

// Named lists the people who have exactly this display name, in any spelling that store/fold takes for the
// same, by address.
func (d *Directory) Named(ctx context.Context, display string) ([]Person, error) {
	rows, err := d.rows(ctx)
	if err != nil {
		return nil, err
	}
	var people []Person
	for name := folded(display); len(rows) > 0; rows = rows[1:] {
		if rows[0].name == name {
			people = append(people, rows[0].Person)
		}
	}
	return people, nil
}

// ByAddress returns who has an address of this server, as an account, an alias or a list; tags (user+tag) do
// not matter, catch-alls do not count. Hidden people are found too: who knows the address knows of them.
// Disabled and unknown ones are store.NotFound, what is no address is store.Invalid.
func (d *Directory) ByAddress(ctx context.Context, addr string) (Person, error) {
	canonical, err := address.Canonical(addr)
	if err != nil {
		return Person{}, err
	}
	var p Person
	err = d.Store.View(ctx, 0, func(r store.Reader) error {
		p, err = byAddress(r, canonical)
		if base, tag := address.Untag(canonical); tag != "" && errors.Is(err, store.NotFound) {
			p, err = byAddress(r, base)
		}
		return err
	})
	return p, err
}

func byAddress(r store.Directory, canonical string) (Person, error) {
	ids, err := r.Resolve(canonical)
	if err != nil {
		return Person{}, err
	}
	first, err := r.AccountByID(ids[0])
	if err != nil {
		return Person{}, err
	}
	if first.Name == canonical {
		return available(r, first)
	}
	aliases, err := r.Aliases(first.ID)
	if err != nil {
		return Person{}, err
	}
	for _, a := range aliases {
		if a.Address != canonical {
			continue
		}
		g, err := ReadGroup(r, canonical)
		switch isGroup := err == nil; {
		case err != nil && !isNotFound(err):
			return Person{}, err
		case isGroup || len(ids) > 1:
			return listOf(a, g), nil
		}
		return available(r, first)
	}
	return Person{}, fmt.Errorf("%s is a catch-all's: %w", canonical, store.NotFound)
}

// available is the person of an account that is not disabled.
func available(r store.Directory, a store.Account) (Person, error) {
	if a.Disabled {
		return Person{}, fmt.Errorf("%s is disabled: %w", a.Name, store.NotFound)
	}
	return personOf(r, a)
}

// Photo returns the photo of an account as JPEG; store.NotFound if there is none.
func (d *Directory) Photo(ctx context.Context, acct store.AccountID) (photo []byte, err error) {
	err = d.Store.View(ctx, 0, func(r store.Reader) (err error) {
		photo, err = ReadPhoto(r, acct)
		return err
	})
	return photo, err
}

// Certificates returns the certificates that mail to an account can be encrypted for, as DER, in no order
// that means anything. They may have expired since they were added.
func (d *Directory) Certificates(ctx context.Context, acct store.AccountID) (list [][]byte, err error) {
	err = d.Store.View(ctx, 0, func(r store.Reader) (err error) {
		list, err = ReadCertificates(r, acct)
		return err
	})
	return list, err
}

// folded is the form in which text is compared: that of store/fold, without blanks at the ends.
func folded(s string) string { return trimmed(fold.String(s)) }
