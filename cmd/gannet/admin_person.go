package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"github.com/gannetmail/gannet/contacts"
	"github.com/gannetmail/gannet/contacts/smime"
	"github.com/gannetmail/gannet/store"
)

// personRequest names an account and what the address list shall say of it.
type personRequest struct {
	Account string            `json:"account"`
	Display *string           `json:"display,omitempty"` // nil: as it is
	Hidden  *bool             `json:"hidden,omitempty"`  // nil: as it is
	Set     map[string]string `json:"set,omitempty"`     // by the names of contacts.Properties.All
}

// personInfo is what the address list says of an account.
type personInfo struct {
	Account string `json:"account"`
	Display string `json:"display"`
	contacts.Properties
	Hidden       bool `json:"hidden"`
	Photo        bool `json:"photo"`
	Certificates int  `json:"certificates"`
}

func readPerson(r store.Directory, a store.Account) (personInfo, error) {
	info := personInfo{Account: a.Name, Display: a.Display}
	var err error
	if info.Properties, err = contacts.ReadProperties(r, a.ID); err != nil {
		return info, err
	}
	if info.Hidden, err = contacts.IsHidden(r, a.ID); err != nil {
		return info, err
	}
	_, err = contacts.ReadPhoto(r, a.ID)
	if info.Photo = err == nil; err != nil && !errors.Is(err, store.NotFound) {
		return info, err
	}
	list, err := contacts.ReadCertificates(r, a.ID)
	info.Certificates = len(list)
	return info, err
}

func (a *admin) showPerson(ctx context.Context, q personRequest, _ say) (info personInfo, err error) {
	err = a.view(ctx, func(r store.Reader) error {
		account, err := findAccount(r, q.Account)
		if err != nil {
			return err
		}
		info, err = readPerson(r, account)
		return err
	})
	return info, err
}

func (a *admin) setPerson(ctx context.Context, q personRequest, _ say) (info personInfo, err error) {
	err = a.update(ctx, func(tx store.Tx) error {
		account, err := findAccount(tx, q.Account)
		if err != nil {
			return err
		}
		if q.Display != nil {
			account.Display = *q.Display
			if err := tx.UpdateAccount(account); err != nil {
				return err
			}
		}
		if q.Hidden != nil {
			if err := contacts.SetHidden(tx, account.ID, *q.Hidden); err != nil {
				return err
			}
		}
		known, err := contacts.ReadProperties(tx, account.ID)
		if err != nil {
			return err
		}
		for name, text := range known.All() {
			if value, ok := q.Set[name]; ok {
				*text = value
			}
		}
		if err := contacts.WriteProperties(tx, account.ID, known); err != nil {
			return usageIf(err, store.Invalid)
		}
		info, err = readPerson(tx, account)
		return err
	})
	return info, err
}

// usageIf makes an error of a kind one of the command line.
func usageIf(err error, kind store.Kind) error {
	if errors.Is(err, kind) {
		return usage(err)
	}
	return err
}

// photoRequest names an account, and the photo that it shall have.
type photoRequest struct {
	Account string `json:"account"`
	JPEG    []byte `json:"jpeg,omitempty"`
}

// photoInfo is an account's photo.
type photoInfo struct {
	Account string `json:"account"`
	JPEG    []byte `json:"jpeg,omitempty"`
}

func (a *admin) setPhoto(ctx context.Context, q photoRequest, _ say) (photoInfo, error) {
	if len(q.JPEG) == 0 {
		return photoInfo{}, usagef("there is no photo in the request")
	}
	return a.writePhoto(ctx, q.Account, func(store.Directory, store.Account) ([]byte, error) { return q.JPEG, nil })
}

func (a *admin) removePhoto(ctx context.Context, q photoRequest, _ say) (photoInfo, error) {
	return a.writePhoto(ctx, q.Account, func(r store.Directory, account store.Account) ([]byte, error) {
		_, err := photoOf(r, account)
		return nil, err
	})
}

// writePhoto sets the photo that choose returns, nil: none.
func (a *admin) writePhoto(ctx context.Context, name string, choose func(store.Directory, store.Account) ([]byte, error)) (info photoInfo, err error) {
	err = a.update(ctx, func(tx store.Tx) error {
		account, err := findAccount(tx, name)
		if err != nil {
			return err
		}
		info.Account = account.Name
		photo, err := choose(tx, account)
		if err != nil {
			return err
		}
		return usageIf(contacts.WritePhoto(tx, account.ID, photo), store.Invalid)
	})
	return info, err
}

func (a *admin) showPhoto(ctx context.Context, q photoRequest, _ say) (info photoInfo, err error) {
	err = a.view(ctx, func(r store.Reader) error {
		account, err := findAccount(r, q.Account)
		if err != nil {
			return err
		}
		info.Account = account.Name
		info.JPEG, err = photoOf(r, account)
		return err
	})
	return info, err
}

func photoOf(r store.Directory, account store.Account) ([]byte, error) {
	photo, err := contacts.ReadPhoto(r, account.ID)
	if errors.Is(err, store.NotFound) {
		return nil, notFound("%s has no photo", account.Name)
	}
	return photo, err
}

// certificateRequest names an account and one of its certificates.
type certificateRequest struct {
	Account     string `json:"account"`
	Certificate []byte `json:"certificate,omitempty"` // to add: PEM or DER
	Fingerprint string `json:"fingerprint,omitempty"` // to remove: its beginning
}

// certificateInfo is one certificate of an account.
type certificateInfo struct {
	Fingerprint string    `json:"fingerprint"`
	Addresses   []string  `json:"addresses,omitempty"`
	Issuer      string    `json:"issuer,omitempty"`
	Until       time.Time `json:"until,omitzero"`
}

func certificateInfoOf(c *x509.Certificate) certificateInfo {
	return certificateInfo{
		Fingerprint: contacts.Fingerprint(c.Raw), Addresses: smime.Addresses(c), Issuer: c.Issuer.String(), Until: c.NotAfter,
	}
}

func (a *admin) addCertificate(ctx context.Context, q certificateRequest, _ say) (info certificateInfo, err error) {
	err = a.update(ctx, func(tx store.Tx) error {
		account, err := findAccount(tx, q.Account)
		if err != nil {
			return err
		}
		c, err := contacts.AddCertificate(tx, account.ID, q.Certificate, a.now())
		if err != nil {
			return usageIf(err, store.Invalid)
		}
		info = certificateInfoOf(c)
		return nil
	})
	return info, err
}

func (a *admin) listCertificates(ctx context.Context, q certificateRequest, _ say) ([]certificateInfo, error) {
	all := []certificateInfo{}
	err := a.view(ctx, func(r store.Reader) error {
		account, err := findAccount(r, q.Account)
		if err != nil {
			return err
		}
		list, err := contacts.ReadCertificates(r, account.ID)
		if err != nil {
			return err
		}
		for _, der := range list {
			c, err := smime.Parse(der)
			if err != nil {
				return fmt.Errorf("a certificate of %s: %w", account.Name, err)
			}
			all = append(all, certificateInfoOf(c))
		}
		return nil
	})
	return all, err
}

func (a *admin) removeCertificate(ctx context.Context, q certificateRequest, _ say) (info certificateInfo, err error) {
	err = a.update(ctx, func(tx store.Tx) error {
		account, err := findAccount(tx, q.Account)
		if err != nil {
			return err
		}
		info.Fingerprint, err = contacts.RemoveCertificate(tx, account.ID, q.Fingerprint)
		if errors.Is(err, store.NotFound) {
			return notFound("%s has no certificate %s; `gannet account certificate list %[1]s` shows all", account.Name, q.Fingerprint)
		}
		return usageIf(err, store.Invalid)
	})
	return info, err
}
