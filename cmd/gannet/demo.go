package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"text/template"
	"time"

	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
)

// demoMail holds the messages of the demo, each a template over demoMessage.
//
//go:embed demomail/*.eml
var demoMail embed.FS

// demoMessage fills in one message.
type demoMessage struct {
	Account, Date, ID string
}

const (
	demoDomain    = "example.test"
	demoPasswords = "demo-passwords.json" // in the data directory: address to password
)

var demoAccounts = []store.Account{
	{Name: "alice@" + demoDomain, Display: "Alice Skua"},
	{Name: "bob@" + demoDomain, Display: "Bob Tern"},
}

// demoCmd is `gannet demo`. Run again on the same directory, it serves what is there.
type demoCmd struct {
	Host string `help:"Serve phones in your network too: the IPv4 address or name by which they find this machine. A loopback one (127.0.0.1, localhost, ::1) opens nothing." placeholder:"ADDRESS"`
}

func (d demoCmd) Run(ctx context.Context, in *invocation) error {
	if err := noJSON(in); err != nil {
		return err
	}
	if err := mustBeEmpty(in.cli.Data); err == nil {
		if _, err := initialise(ctx, in, "localhost", []string{demoDomain}, ownAddresses()); err != nil {
			return err
		}
		if err := makeDemoPasswords(in.cli.Data); err != nil {
			return err
		}
	}
	passwords, err := readDemoPasswords(in.cli.Data)
	if err != nil {
		return err
	}
	c, err := d.config(in)
	if err != nil {
		return err
	}
	return serve(ctx, in, c, func(ctx context.Context, s *server) error {
		if err := s.populate(ctx, passwords); err != nil {
			return fmt.Errorf("demo: %w", err)
		}
		return printDemo(in, s, passwords)
	})
}

// ownAddresses are this machine's names and addresses, so that a phone in the same network can reach
// the demo by one that its certificate stands for.
func ownAddresses() []string {
	var all []string
	if name, err := os.Hostname(); err == nil && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-.") == "" {
		all = append(all, name)
	}
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return all
	}
	for _, a := range addrs {
		if n, ok := a.(*net.IPNet); ok && !n.IP.IsLoopback() && !n.IP.IsLinkLocalUnicast() {
			all = append(all, n.IP.String())
		}
	}
	return all
}

// makeDemoPasswords chooses the passwords of the demo's accounts; they stay.
func makeDemoPasswords(data string) error {
	passwords := map[string]string{}
	for _, a := range demoAccounts {
		passwords[a.Name] = strings.ToLower(rand.Text()[:10])
	}
	text, err := json.MarshalIndent(passwords, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(data, demoPasswords), append(text, '\n'), 0o600)
}

// readDemoPasswords returns them. A directory that holds another server is left alone.
func readDemoPasswords(data string) (map[string]string, error) {
	text, err := os.ReadFile(filepath.Join(data, demoPasswords))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, exists("%s holds something that is not the demo; serve it with gannet serve, or name a new directory", data)
	} else if err != nil {
		return nil, err
	}
	passwords := map[string]string{}
	if err := json.Unmarshal(text, &passwords); err != nil {
		return nil, fmt.Errorf("%s: %w", demoPasswords, err)
	}
	return passwords, nil
}

// populate adds the accounts that are not there yet, each with the demo's mail.
func (s *server) populate(ctx context.Context, passwords map[string]string) error {
	for _, a := range demoAccounts {
		_, err := s.admin.addAccount(ctx, accountRequest{Name: a.Name, Display: a.Display, Password: passwords[a.Name]}, nil)
		if exitCode(err) == exitExists {
			continue // from an earlier run
		} else if err != nil {
			return err
		}
		account, err := s.admin.account(ctx, a.Name)
		if err != nil {
			return err
		}
		if err := s.deliverDemo(ctx, account); err != nil {
			return err
		}
	}
	return nil
}

func (s *server) deliverDemo(ctx context.Context, account store.Account) error {
	messages, err := template.ParseFS(demoMail, "demomail/*.eml")
	if err != nil {
		return err
	}
	names, err := fs.Glob(demoMail, "demomail/*.eml") // sorted
	if err != nil {
		return err
	}
	for i, name := range names {
		var text bytes.Buffer
		date := time.Now().Add(time.Duration(i-len(names)) * time.Hour).Format(time.RFC1123Z)
		err := messages.ExecuteTemplate(&text, filepath.Base(name), demoMessage{account.Name, date, rand.Text()})
		if err != nil {
			return err
		}
		if err := s.deliverOne(ctx, account, &text); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func (s *server) deliverOne(ctx context.Context, account store.Account, text *bytes.Buffer) error {
	crlf := bytes.ReplaceAll(text.Bytes(), []byte("\n"), []byte("\r\n"))
	m, err := mail.Ingest(ctx, s.store, bytes.NewReader(crlf), int64(s.config.Mail.MaxSize))
	if err != nil {
		return err
	}
	defer m.Blob.Release()
	to := []mail.Recipient{{Address: account.Name, Account: account.ID}}
	return errors.Join(s.mail.Deliver(ctx, mail.Incoming{Ingested: m, Sender: "postmaster@" + demoDomain}, to)...)
}
