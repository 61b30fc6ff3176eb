package source

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/gannetmail/gannet/mail/archive"
	"github.com/gannetmail/gannet/store"
)

// testTLS returns settings for a server on 127.0.0.1 and for clients that trust it.
func testTLS(t *testing.T) (server, client *tls.Config) {
	t.Helper()
	https := httptest.NewUnstartedServer(nil)
	https.StartTLS()
	t.Cleanup(https.Close)
	roots := x509.NewCertPool()
	roots.AddCert(https.Certificate())
	return &tls.Config{Certificates: https.TLS.Certificates}, &tls.Config{RootCAs: roots}
}

// memory starts go-imap's server with one user.
func memory(t *testing.T, user *imapmemserver.User, settings *tls.Config, implicit bool) string {
	t.Helper()
	ms := imapmemserver.New()
	ms.AddUser(user)
	o := &imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return ms.NewSession(), nil, nil
		},
		Caps:   imap.CapSet{imap.CapIMAP4rev1: {}, imap.CapIMAP4rev2: {}},
		Logger: log.New(io.Discard, "", 0),
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := ln.Addr().String()
	if implicit {
		ln = tls.NewListener(ln, settings)
		o.InsecureAuth = true // it takes a listener's TLS for none
	} else {
		o.TLSConfig = settings
	}
	srv := imapserver.New(o)
	go srv.Serve(ln)
	t.Cleanup(func() { srv.Close() })
	return addr
}

type kept struct {
	Flags    store.Flags
	Keywords []string
	Received time.Time
	Bytes    string
}

// readFolder reads one folder; refused are the reasons.
func readFolder(ctx context.Context, s archive.Source, f archive.Folder) (all []kept, refused []string, err error) {
	var batch []archive.Message
	for m, err := range s.Messages(ctx, f) {
		if err != nil {
			return all, refused, err
		}
		if m.Refused != "" {
			refused = append(refused, m.Name+": "+m.Refused)
			continue
		}
		batch = append(batch, m)
	}
	err = s.Read(ctx, f, batch, func(i int, r io.Reader, unread error) error {
		var text []byte
		if unread == nil {
			text, unread = io.ReadAll(r)
		}
		if unread != nil {
			refused = append(refused, batch[i].Name+": "+unread.Error())
			return nil
		}
		all = append(all, kept{batch[i].Flags, batch[i].Keywords, batch[i].Received.UTC(), string(text)})
		return nil
	})
	return all, refused, err
}

// TestAgainstServer reads an account of go-imap's server, over both kinds of TLS.
func TestAgainstServer(t *testing.T) {
	serverTLS, clientTLS := testTLS(t)
	for _, security := range []Security{TLS, StartTLS} {
		user := imapmemserver.NewUser("alice@old.example", `pass "word"`)
		at := time.Date(2020, 2, 29, 12, 0, 0, 0, time.UTC)
		want := map[string][]kept{}
		for _, name := range []string{"INBOX", "Entwürfe & mehr", "Work", "Work/2020"} {
			if err := user.Create(name, nil); err != nil {
				t.Fatal(err)
			}
			for i := range 3 {
				text := fmt.Sprintf("Subject: %s %d\r\n\r\n%s\r\n", name, i, strings.Repeat("x", i*40_000))
				k := kept{Received: at.Add(time.Duration(i) * time.Hour), Bytes: text}
				flags := []imap.Flag{}
				if i == 1 {
					flags = []imap.Flag{imap.FlagSeen, "$Label1", imap.FlagForwarded}
					k.Flags, k.Keywords = store.Seen|store.Forwarded, []string{"$label1"} // that server folds case
				}
				if _, err := user.Append(name, literal{strings.NewReader(text)}, &imap.AppendOptions{Flags: flags, Time: k.Received}); err != nil {
					t.Fatal(err)
				}
				want[name] = append(want[name], k)
			}
		}
		addr := memory(t, user, serverTLS, security == TLS)
		o := Options{Address: addr, Security: security, TLS: clientTLS, User: "alice@old.example", Password: `pass "word"`}
		s, err := Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		folders, err := s.Folders(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		got := map[string][]kept{}
		for range 2 { // the second time shows that the first changed nothing
			for _, f := range folders {
				all, refused, err := readFolder(t.Context(), s, f)
				if err != nil || len(refused) > 0 {
					t.Fatal(f, refused, err)
				}
				for i := range all {
					for j := range all[i].Keywords {
						all[i].Keywords[j] = strings.ToLower(all[i].Keywords[j])
					}
				}
				got[f.String()] = all
			}
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%v (-want +got):\n%.3000s", security, diff)
			}
		}
		if i := slices.IndexFunc(folders, func(f archive.Folder) bool { return f.Role == store.Inbox }); i < 0 || folders[i].Native != "INBOX" {
			t.Errorf("no inbox among %v", folders)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		o.TLS = nil
		if _, err := Open(t.Context(), o); err == nil {
			t.Error("a certificate that nobody vouches for was taken")
		}
		o.TLS, o.Password = clientTLS, "wrong"
		if _, err := Open(t.Context(), o); err == nil {
			t.Error("logged in with a wrong password")
		}
	}
}

type literal struct{ *strings.Reader }

func (l literal) Size() int64 { return l.Reader.Size() }
