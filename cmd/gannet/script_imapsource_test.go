package main

import (
	"crypto/tls"
	"encoding/pem"
	"io"
	"log"
	"net"
	"net/http/httptest"
	"os"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
	"github.com/rogpeppe/go-internal/testscript"
)

// oldServerCommand is `oldserver FOLDER FILE…`: another IMAP server, which is not ours, with one account, old with the
// password correct-horse, and with each file as a message in the folder; it sets $OLD and writes old.crt. Called again
// it adds to the folder that is named then.
func oldServerCommand(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) == 0 {
		ts.Fatalf("usage: oldserver FOLDER FILE…")
	}
	s := serverOf(ts)
	if s.old == nil {
		s.old = imapmemserver.NewUser("old", "correct-horse")
		ts.Check(s.old.Create("INBOX", nil))
		startOldServer(ts, s.old)
	}
	if args[0] != "INBOX" {
		s.old.Create(args[0], nil) // it may be there already
	}
	for i, name := range args[1:] {
		text := strings.ReplaceAll(ts.ReadFile(name), "\n", "\r\n")
		o := &imap.AppendOptions{Time: time.Date(2021, 2, 3, 4, 5, i, 0, time.UTC), Flags: []imap.Flag{imap.FlagSeen, "$label1"}}
		_, err := s.old.Append(args[0], sized{strings.NewReader(text)}, o)
		ts.Check(err)
	}
}

// sized is a literal.
type sized struct{ *strings.Reader }

func (s sized) Size() int64 { return s.Reader.Size() }

func startOldServer(ts *testscript.TestScript, user *imapmemserver.User) {
	ms := imapmemserver.New()
	ms.AddUser(user)
	https := httptest.NewUnstartedServer(nil) // for its certificate, which stands for 127.0.0.1
	https.StartTLS()
	https.Close()
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: https.Certificate().Raw})
	ts.Check(os.WriteFile(ts.MkAbs("old.crt"), block, 0o600))
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	srv := imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return ms.NewSession(), nil, nil
		},
		Caps:         imap.CapSet{imap.CapIMAP4rev1: {}},
		Logger:       log.New(io.Discard, "", 0),
		InsecureAuth: true, // it takes a listener's TLS for none
	})
	go srv.Serve(tls.NewListener(ln, &tls.Config{Certificates: https.TLS.Certificates}))
	ts.Defer(func() { srv.Close() })
	ts.Setenv("OLD", ln.Addr().String())
}
