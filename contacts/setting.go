package contacts

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
	"strings"
	"unicode/utf8"

	"github.com/gannetmail/gannet/store"
)

// Names of settings of an account.
const (
	personSetting     = "person"
	photoSetting      = "photo"
	certificatePrefix = "certificate/"
	hiddenSetting     = "hidden"
)

// MaxProperty is the length of the longest text in [Properties], in bytes.
const MaxProperty = 256

// ReadProperties returns what was noted of an account; the zero value if nothing was.
func ReadProperties(r store.Directory, acct store.AccountID) (Properties, error) {
	var p Properties
	raw, err := r.Setting(acct, personSetting)
	if isNotFound(err) {
		return p, nil
	} else if err != nil {
		return p, err
	}
	if err := json.Unmarshal(raw, &p); err != nil {
		return p, fmt.Errorf("what is noted of account %d: %w: %w", acct, err, store.Damaged)
	}
	return p, nil
}

// WriteProperties notes p of an account. A text that is too long, of several lines or not UTF-8 is
// store.Invalid.
func WriteProperties(tx store.DirectoryTx, acct store.AccountID, p Properties) error {
	for name, text := range p.All() {
		if len(*text) > MaxProperty || !utf8.ValidString(*text) || strings.ContainsFunc(*text, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return fmt.Errorf("%w %s: it must be one line of at most %d bytes", store.Invalid, name, MaxProperty)
		}
	}
	raw, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("properties of account %d: %w", acct, err)
	}
	if p == (Properties{}) {
		raw = nil
	}
	return tx.PutSetting(acct, personSetting, raw)
}

// All yields every property by its name, to read and to set.
func (p *Properties) All() iter.Seq2[string, *string] {
	return func(yield func(string, *string) bool) {
		for _, f := range []struct {
			name string
			text *string
		}{
			{"first-name", &p.FirstName}, {"last-name", &p.LastName}, {"title", &p.Title}, {"company", &p.Company},
			{"office", &p.Office}, {"phone", &p.Phone}, {"mobile-phone", &p.MobilePhone}, {"home-phone", &p.HomePhone},
		} {
			if !yield(f.name, f.text) {
				return
			}
		}
	}
}

// IsHidden reports whether an account is left out of the address list.
func IsHidden(r store.Directory, acct store.AccountID) (bool, error) {
	_, err := r.Setting(acct, hiddenSetting)
	if isNotFound(err) {
		return false, nil
	}
	return err == nil, err
}

// SetHidden leaves an account out of the address list, or takes it in again.
func SetHidden(tx store.DirectoryTx, acct store.AccountID, hidden bool) error {
	if !hidden {
		return tx.PutSetting(acct, hiddenSetting, nil)
	}
	return tx.PutSetting(acct, hiddenSetting, []byte{'1'})
}

// ReadPhoto returns the photo of an account as JPEG; store.NotFound if there is none.
func ReadPhoto(r store.Directory, acct store.AccountID) ([]byte, error) {
	return r.Setting(acct, photoSetting)
}

// WritePhoto sets the photo of an account; nil removes it. One that does not pass [CheckPhoto] is
// store.Invalid.
func WritePhoto(tx store.DirectoryTx, acct store.AccountID, jpeg []byte) error {
	if jpeg == nil {
		return tx.PutSetting(acct, photoSetting, nil)
	}
	if err := CheckPhoto(jpeg); err != nil {
		return fmt.Errorf("%w photo: %w", store.Invalid, err)
	}
	return tx.PutSetting(acct, photoSetting, bytes.Clone(jpeg))
}
