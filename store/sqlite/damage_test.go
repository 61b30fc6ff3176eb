package sqlite

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gannetmail/gannet/store"
)

// seedDamage fills a store with something of everything, all indexed, and closes it.
func seedDamage(t *testing.T, path string) {
	t.Helper()
	s, err := Open(context.Background(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	a, in := newAccount(t, s, "alice@example.test")
	newAccount(t, s, "bob@example.test")
	big := []byte(strings.Repeat("a large message, two chunks long, compressed. ", 3000))
	for _, data := range [][]byte{[]byte("one"), []byte("two"), big} {
		if err := addBytes(s, a, in, data); err != nil {
			t.Fatal(err)
		}
	}
	update(t, s, a.ID, func(tx store.Tx) error {
		b, err := tx.Blob(blobOf(t, s, a, in, 1))
		if err != nil {
			return err
		}
		if _, err := tx.Enqueue(b, store.Queued{Recipient: "x@y.test"}); err != nil {
			return err
		}
		if _, err = tx.Add(in.ID, store.NewItem{Blob: b, Flags: store.Deleted, Refs: store.Refs{MessageID: "m@x"}}); err != nil {
			return err
		}
		return share(tx, in.ID, 2)
	})
	idle(t, s)
	checkClean(t, s)
}

func blobOf(t *testing.T, s *Store, a store.Account, in store.Collection, uid store.UID) (id store.BlobID) {
	t.Helper()
	view(t, s, a.ID, func(r store.Reader) error {
		rec, err := r.Record(in.ID, uid, store.WantItem)
		id = rec.Item.Blob
		return err
	})
	return id
}

// TestCheckReports breaks a store in each way that a rule names, and expects to be told.
func TestCheckReports(t *testing.T) {
	dir := t.TempDir()
	whole := filepath.Join(dir, "whole.db")
	seedDamage(t, whole)
	tests := []struct{ name, sql, want string }{
		{"total", "UPDATE collection SET total = total + 1 WHERE role = 'inbox' AND account = 1", "counts 5 entries"},
		{"unread", "UPDATE collection SET unread = 0 WHERE role = 'inbox'", "unread"},
		{"size", "UPDATE collection SET size = size - 1 WHERE total > 0; UPDATE account SET used = used - 1 WHERE used > 0", "bytes"},
		{"deleted", "UPDATE collection SET deleted = 0 WHERE total > 0", "counts 0 deleted entries of 3 bytes; there are 1 of 3"},
		{"size of deleted", "UPDATE collection SET deleted_size = 9 WHERE total > 0", "counts 1 deleted entries of 9 bytes"},
		{"flag of deleted", "UPDATE item SET flags = 8 WHERE id = 1", "counts 1 deleted entries"},
		{"removed collection with counters", "UPDATE collection SET removed = 1 WHERE role = 'inbox' AND account = 1", "is removed and counts"},
		{"used", "UPDATE account SET used = 5 WHERE id = 1", "account 1 uses 5 bytes"},
		{"uidnext", "UPDATE collection SET uidnext = 2 WHERE total > 0", "gives out UID 2 next"},
		{"entry modseq", "UPDATE entry SET modseq = 999 WHERE uid = 1", "has modseq 999"},
		{"entry created", "UPDATE entry SET created = 888 WHERE uid = 1", "was created at 888"},
		{"collection modseq", "UPDATE collection SET modseq = 999 WHERE role = 'sent'", "its account is at"},
		{"collection changed", "UPDATE collection SET changed = 999 WHERE role = 'sent'", "changed at 999"},
		{"floor", "UPDATE account SET floor = 999 WHERE id = 1", "has its floor 999"},
		{"stamp", "UPDATE item SET labels_at = 999 WHERE id = 1", "has a stamp above"},
		{"entry without item", "PRAGMA foreign_keys = OFF; DELETE FROM item WHERE id = 1", "names item 1, which does not exist"},
		{"summary without item", "PRAGMA foreign_keys = OFF; DELETE FROM item WHERE id = 1", "table summary, row 1 refers"},
		{"item without entry", "DELETE FROM entry WHERE item = 1", "item 1 has no entry"},
		{"foreign item", "UPDATE item SET account = 2 WHERE id = 1", "item 1 of account 2 is in collection"},
		{"arrival", "UPDATE item SET received = 1 WHERE id = 1", "differ in arrival"},
		{"keywords", "UPDATE item SET keywords = 'no json' WHERE id = 1", "not JSON"},
		{"entries of a removed collection", "UPDATE collection SET removed = 1, total = 0, unread = 0, size = 0 WHERE total > 0", "not to be purged"},
		{"removed collection with deleted entries", "UPDATE collection SET removed = 1, total = 0, unread = 0, size = 0 WHERE total > 0", "is removed and counts"},
		{"saved", "UPDATE entry SET saved = 0 WHERE uid = 1", "entry 1 of collection 1 has no time"},
		{"grant to oneself", "UPDATE acl SET grantee = 1 WHERE grantee = 2", "account 1 has rights 3 on collection 1 of account 1"},
		{"grant of nothing", "UPDATE acl SET rights = 0", "has rights 0"},
		{"grant of more than there is", "UPDATE acl SET rights = 2048", "has rights 2048"},
		{"grant to nobody", "PRAGMA foreign_keys = OFF; UPDATE acl SET grantee = 999", "table acl"},
		{"grant on a removed collection", "INSERT INTO acl SELECT id, 2, 1 FROM collection WHERE role = 'sent' AND account = 1; UPDATE collection SET removed = 1 WHERE role = 'sent'", "account 2 has rights 1"},
		{"annotation on a removed collection", "UPDATE annotation SET collection = 999 WHERE collection <> 0", "annotation /a of account 1 is on collection 999"},
		{"annotation of nobody", "PRAGMA foreign_keys = OFF; UPDATE annotation SET account = 999", "table annotation"},
		{"subscription of nobody", "PRAGMA foreign_keys = OFF; UPDATE subscription SET account = 999", "table subscription"},
		{"data of a removed account", "UPDATE account SET name = NULL, domain = NULL WHERE id = 2", "account 2 is removed, not to be purged"},
		{"subscription of a removed account", "UPDATE account SET name = NULL, domain = NULL WHERE id = 1", "account 1 is removed and has"},
		{"parent", "UPDATE collection SET parent = 999 WHERE role = 'sent'", "is below 999"},
		{"cycle", "UPDATE collection SET parent = id WHERE role = 'sent' AND account = 1", "is below itself"},
		{"references", "UPDATE blob SET refs = refs + 1 WHERE id = 1", "counts 4 references; there are 3"},
		{"no blob", "DELETE FROM blob WHERE id = 1", "refers to blob"},
		{"blob size", "UPDATE blob SET size = size + 1 WHERE id = 1", "and its blob 4"},
		{"missing chunk", "DELETE FROM chunk WHERE id = (SELECT max(id) FROM chunk)", "chunks"},
		{"stray chunk", "INSERT INTO chunk VALUES (999 << 20, 0, x'00')", "blob row 999"},
		{"chunk bytes", "UPDATE chunk SET data = x'00112233' WHERE codec = 1", "zstd"},
		{"chunk length", "UPDATE chunk SET data = x'6f6e' WHERE id = 1 << 20", "chunk of 2 bytes"},
		{"wrong bytes", "UPDATE chunk SET data = x'6f6e66' WHERE id = 1 << 20", "do not have this hash"},
		{"codec", "UPDATE chunk SET codec = 9 WHERE id = 1 << 20", "codec 9"},
		{"chunk size", "UPDATE blob SET chunk_size = 0 WHERE id = 1", "chunks of 0 bytes"},
		{"unindexed item", "DELETE FROM fts WHERE rowid = (SELECT search_key FROM item WHERE id = 1)", "item 1 is not in the full-text index"},
		{"index row without item", "INSERT INTO fts (rowid, body) VALUES (12345, 'x')", "has row 12345 without an item"},
		{"waiting text without item", "INSERT INTO fts_pending (search_key, account, deleted) VALUES (12345, 1, 0)", "text 12345 waits"},
		{"waiting removal of an item", "INSERT INTO fts_pending (search_key, account, deleted) SELECT search_key, 1, 1 FROM item WHERE id = 1", "item 1 is about to be taken out"},
		{"shared index row", "INSERT INTO item SELECT 99, 2, class, blob, size, received, flags, keywords, thread, follow, verb_time, content_at, read_at, follow_at, verb_at, labels_at, other_at, search_key FROM item WHERE id = 1", "items of different accounts share"},
		{"conversation", "UPDATE thread_ref SET thread = 999", "conversation 999"},
		{"domain", "INSERT INTO domain VALUES ('z.test', 1); UPDATE account SET domain = 'z.test' WHERE id = 1", "filed under domain z.test"},
		{"dangling alias", "PRAGMA foreign_keys = OFF; INSERT INTO alias VALUES ('x@example.test', 999, 'example.test')", "table alias"},
		{"index of SQLite", "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'received, uid', 'uid, received') WHERE name = 'entry_newest'; PRAGMA writable_schema = RESET; UPDATE entry SET received = received + uid; UPDATE item SET received = (SELECT received FROM entry WHERE item = item.id)", "database file"},
	}
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(dir, string(rune('a'+i/26))+string(rune('a'+i%26))+".db")
			from := openFile(t, whole)
			if err := backup(context.Background(), from, path, nil); err != nil {
				t.Fatal(err)
			}
			c := openFile(t, path)
			if err := c.exec(tt.sql); err != nil && tt.want != "database file" {
				t.Fatal(err)
			}
			c.close()
			s, err := Open(context.Background(), path, Options{noChores: true}) // which would tidy up
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			var problems []string
			if err := s.Check(context.Background(), true, func(p string) { problems = append(problems, p) }); err != nil {
				t.Fatalf("check: %v", err)
			}
			if !strings.Contains(strings.Join(problems, "\n"), tt.want) {
				t.Errorf("reported %q; want one with %q", problems, tt.want)
			}
		})
	}
}

// TestDamagedRead reads bytes that are not what was stored: an error, never other bytes.
func TestDamagedRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), FileName)
	seedDamage(t, path)
	c := openFile(t, path)
	if err := c.exec("UPDATE chunk SET data = CAST(substr(data, 1, length(data) - 3) || x'000000' AS BLOB) WHERE codec = 1"); err != nil {
		t.Fatal(err)
	}
	c.close()
	s, err := Open(context.Background(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	view(t, s, 1, func(r store.Reader) error {
		in, err := r.CollectionByRole(store.Inbox)
		if err != nil {
			return err
		}
		rec, err := r.Record(in.ID, 3, store.WantItem)
		if err != nil {
			return err
		}
		b, err := s.OpenBlob(context.Background(), rec.Item.Blob)
		if err != nil {
			return err
		}
		defer b.Close()
		if _, err := io.Copy(io.Discard, io.NewSectionReader(b, 0, b.Size())); !errors.Is(err, store.Damaged) {
			t.Errorf("read: %v; want Damaged", err)
		}
		return nil
	})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.Check(ctx, true, func(string) {}); !errors.Is(err, context.Canceled) {
		t.Errorf("check with an ended context: %v", err)
	}
}
