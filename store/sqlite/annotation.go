package sqlite

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/gannetmail/gannet/store"
)

// Bounds of the annotations of one account: names on one collection, bytes of all values.
const (
	maxAnnotations = 100
	maxAnnotated   = 4 << 20
)

// Annotations implements [store.Reader].
func (r *reader) Annotations(c store.CollectionID) (list []store.Annotation, err error) {
	if c != 0 {
		if err := r.reachable(c); err != nil {
			return nil, err
		}
	}
	err = r.c.all(func(row *rows) {
		list = append(list, store.Annotation{Collection: c, Name: row.text(), Value: row.blob()})
	}, "SELECT name, value FROM annotation WHERE account = ? AND collection = ? ORDER BY name", r.acct, c)
	return list, err
}

// PutAnnotation implements [store.Tx].
func (t *tx) PutAnnotation(a store.Annotation) error {
	if err := t.checkAnnotation(a); err != nil {
		return err
	}
	var have []byte
	known, err := t.c.one(func(r *rows) { have = r.blob() },
		"SELECT value FROM annotation WHERE account = ? AND collection = ? AND name = ?", t.acct, a.Collection, a.Name)
	if err != nil || known && a.Value != nil && bytes.Equal(have, a.Value) || !known && a.Value == nil {
		return err
	}
	if a.Value == nil {
		t.mark()
		return t.c.exec("DELETE FROM annotation WHERE account = ? AND collection = ? AND name = ?", t.acct, a.Collection, a.Name)
	}
	if !known {
		n, err := t.c.number("SELECT count(*) FROM annotation WHERE account = ? AND collection = ?", t.acct, a.Collection)
		if err != nil {
			return err
		}
		if n >= maxAnnotations {
			return fmt.Errorf("more than %d annotations: %w", maxAnnotations, store.OverQuota)
		}
	}
	used, err := t.c.number("SELECT coalesce(sum(length(value)), 0) FROM annotation WHERE account = ? AND (collection, name) <> (?, ?)",
		t.acct, a.Collection, a.Name)
	if err != nil {
		return err
	}
	if used+int64(len(a.Value)) > maxAnnotated {
		return fmt.Errorf("annotations of more than %d bytes: %w", maxAnnotated, store.OverQuota)
	}
	t.mark()
	t.wrote(len(a.Value))
	return t.c.exec(`INSERT INTO annotation (account, collection, name, value) VALUES (?1, ?2, ?3, ?4)
		ON CONFLICT (account, collection, name) DO UPDATE SET value = ?4`, t.acct, a.Collection, a.Name, a.Value)
}

func (t *tx) checkAnnotation(a store.Annotation) error {
	if err := t.mine(); err != nil {
		return err
	}
	if !validAnnotation(a.Name) {
		return invalid("annotation %.32q", a.Name)
	}
	if len(a.Value) > store.MaxAnnotation {
		return fmt.Errorf("annotation of %d bytes: %w", len(a.Value), store.TooLarge)
	}
	if a.Collection == 0 {
		return nil
	}
	return t.reachable(a.Collection)
}

// validAnnotation reports whether name is an entry name in lower case. RFC 5464, section 3.2.
func validAnnotation(name string) bool {
	return len(name) > 1 && len(name) <= 255 && name[0] == '/' && name[len(name)-1] != '/' &&
		!strings.Contains(name, "//") && !strings.ContainsFunc(name, func(r rune) bool {
		return r < ' ' || r > '~' || r == '*' || r == '%' || r >= 'A' && r <= 'Z'
	})
}
