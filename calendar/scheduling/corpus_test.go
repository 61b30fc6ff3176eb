package scheduling

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/gannetmail/gannet/calendar"
	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
)

// TestCorpus delivers every message of the corpus that is about a meeting, twice: each arrives, what is readable is
// placed once, and a letter about it can be read again.
func TestCorpus(t *testing.T) {
	root := os.Getenv("GANNET_CORPUS")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "corpus")
	}
	if _, err := os.Stat(root); err != nil {
		t.Skip("no corpus: ", err)
	}
	r := newRig(t)
	everybody := New(r.st, Options{Contacts: anybody{}})
	r.mail = mail.NewService(r.st, mail.ServiceOptions{Hostname: "mx.example.test", Invitations: everybody})
	delivered, read, placed := int64(0), 0, 0
	err := filepath.WalkDir(filepath.Join(root, "mail"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if info, err := d.Info(); err != nil || info.Size() > 1<<20 {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		s, err := mail.Parse(bytes.NewReader(raw))
		if err != nil || s.SchedulingPart() == nil {
			return err
		}
		for range 2 {
			r.deliverText(string(raw), mail.Incoming{Sender: carol}, "")
			delivered++
		}
		o, err := ReadPart(s, bytes.NewReader(raw), s.SchedulingPart())
		if err != nil {
			t.Logf("%s: %v", filepath.Base(path), err)
			return nil
		}
		read++
		letterOf(t, path, o)
		if r.has(o.UID()) {
			placed++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if r.inbox() != delivered {
		t.Errorf("%d of %d messages delivered", r.inbox(), delivered)
	}
	t.Logf("%d messages, %d objects read, %d in the calendar", delivered/2, read, placed)
}

// anybody knows everybody.
type anybody struct{}

// Knows implements Acquaintances.
func (anybody) Knows(context.Context, store.AccountID, string) (bool, error) { return true, nil }

// letterOf writes a letter of an object and reads it.
func letterOf(t *testing.T, path string, o *calendar.Object) {
	t.Helper()
	var raw bytes.Buffer
	l := Letter{Message: calendar.Message{Method: o.Method(), To: []string{carol}, Object: o}, From: mail.Address{Local: "a", Domain: "b.test"}, Hostname: "h.test"}
	if err := l.Write(&raw); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	s, err := mail.Parse(bytes.NewReader(raw.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	again, err := ReadPart(s, bytes.NewReader(raw.Bytes()), s.SchedulingPart())
	if err != nil || !again.Equal(o) {
		t.Errorf("%s: a letter says something else: %v", path, err)
	}
}

func (r *rig) has(uid string) bool {
	r.t.Helper()
	var place *Place
	err := r.st.View(r.t.Context(), r.rita.ID, func(v store.Reader) (err error) {
		place, err = Find(v, uid)
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return place != nil
}
