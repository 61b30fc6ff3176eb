package auth

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gannetmail/gannet/store"
)

// SetPassword gives an account a new main password. What is too weak wraps [ErrWeakPassword]; an
// unknown account is store.NotFound. Application passwords stay.
func (s *Service) SetPassword(ctx context.Context, acct store.AccountID, password string) error {
	var name string
	err := s.st.View(ctx, 0, func(r store.Reader) error {
		a, err := r.AccountByID(acct)
		name = a.Name
		return err
	})
	if err != nil {
		return fmt.Errorf("set password: %w", err)
	}
	if err := s.judgePassword(name, password); err != nil {
		return err
	}
	c := store.Credential{Account: acct, Kind: store.MainPassword, Created: s.o.Now().UTC()}
	release, err := s.hashers.acquire(ctx, true)
	if err != nil {
		return fmt.Errorf("set password: %w", err)
	}
	err = s.fill(&c, prepared(password))
	release()
	if err != nil {
		return fmt.Errorf("set password: %w", err)
	}
	err = s.st.Update(ctx, 0, func(tx store.Tx) error {
		creds, err := tx.Credentials(acct)
		if err != nil {
			return err
		}
		if i := slices.IndexFunc(creds, isMain); i >= 0 {
			c.ID = creds[i].ID
		}
		_, err = tx.PutCredential(c)
		return err
	})
	if err != nil {
		return fmt.Errorf("set password: %w", err)
	}
	return nil
}

// fill sets the hashes of a prepared password.
func (s *Service) fill(c *store.Credential, password string) error {
	keys, err := newSCRAMKeys(password, s.o.SCRAMIterations)
	if err != nil {
		return err
	}
	c.Hash, c.SCRAM = newArgonHash(s.o.Params, password).String(), keys.String()
	return nil
}

func (s *Service) judgePassword(name, password string) error {
	local, _, _ := strings.Cut(name, "@")
	switch {
	case utf8.RuneCountInString(password) < s.o.MinPassword:
		return fmt.Errorf("%w: it must have at least %d characters", ErrWeakPassword, s.o.MinPassword)
	case len(password) > maxPassword:
		return fmt.Errorf("%w: it must not be longer than %d bytes", ErrWeakPassword, maxPassword)
	case !utf8.ValidString(password) || strings.ContainsFunc(password, isControl):
		return fmt.Errorf("%w: it must be text without control characters", ErrWeakPassword)
	case strings.EqualFold(password, name), strings.EqualFold(password, local):
		return fmt.Errorf("%w: it must not be the address or a part of it", ErrWeakPassword)
	}
	return nil
}

func isControl(r rune) bool { return r < 0x20 || r == 0x7f }

func isMain(c store.Credential) bool { return c.Kind == store.MainPassword }

// credential returns one credential of an account.
func credential(r store.Directory, acct store.AccountID, id store.CredentialID) (store.Credential, error) {
	creds, err := r.Credentials(acct)
	if err != nil {
		return store.Credential{}, err
	}
	i := slices.IndexFunc(creds, func(c store.Credential) bool { return c.ID == id })
	if i < 0 {
		return store.Credential{}, fmt.Errorf("credential %d: %w", id, store.NotFound)
	}
	return creds[i], nil
}
