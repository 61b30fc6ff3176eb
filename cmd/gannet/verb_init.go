package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/address"
)

// initCmd is `gannet init`.
type initCmd struct {
	Hostname string   `required:"" help:"The name that clients and other servers know this server by, e.g. mail.example.test." placeholder:"mail.example.test"`
	Domain   []string `help:"A domain to take mail for; may be repeated." placeholder:"DOMAIN"`
}

func (c initCmd) Run(ctx context.Context, in *invocation) error {
	cfg, err := initialise(ctx, in, c.Hostname, c.Domain, nil)
	if err != nil {
		return err
	}
	info := initInfo{
		Data: cfg.Data, Hostname: c.Hostname, Domains: append([]string{}, c.Domain...),
		Config: filepath.Join(cfg.Data, configFile), Authority: filepath.Join(cfg.Data, caCertFile),
	}
	return in.print(info, info.write)
}

// initInfo is the result of init.
type initInfo struct {
	Data      string   `json:"data"`
	Hostname  string   `json:"hostname"`
	Domains   []string `json:"domains"`
	Config    string   `json:"config"`
	Authority string   `json:"authority"` // certificate that clients must trust
}

// write tells what was made and what comes next.
func (i initInfo) write(w io.Writer) {
	fmt.Fprintf(w, "made %s\n\nNext:\n", i.Data)
	domain := "DOMAIN"
	if len(i.Domains) > 0 {
		domain = i.Domains[0]
	} else {
		fmt.Fprintf(w, "  gannet domain add DOMAIN --data %s\n", i.Data)
	}
	fmt.Fprintf(w, `  gannet account add NAME@%[1]s --data %[2]s
  gannet serve --data %[2]s

Phones trust the server once %[3]s is installed on them,
or once tls.cert and tls.key in %[4]s name a certificate that they trust already.
`, domain, i.Data, i.Authority, i.Config)
}

// initialise makes a data directory: configuration, keys, an empty store with its domains. It is
// made aside and moved into its place when it is complete. alsoNames are further names, or addresses,
// for the certificate.
func initialise(ctx context.Context, in *invocation, hostname string, domains, alsoNames []string) (_ *Config, err error) {
	data, err := filepath.Abs(in.cli.Data)
	if err != nil {
		return nil, err
	}
	if err := mustBeEmpty(data); err != nil {
		return nil, err
	}
	for i, d := range domains {
		if domains[i], err = address.Domain(d); err != nil {
			return nil, usagef("--domain: %q is not a domain such as example.test", d)
		}
	}
	// What --set and the environment say holds for this run and is not written, but mistakes are told
	// before anything is made.
	run := defaults(data)
	if err := errors.Join(run.overlayEnv(in.environ), run.overlaySets(in.cli.Set), run.Validate()); err != nil {
		return nil, usage(err)
	}
	err = buildAside(data, func(dir string) error {
		return furnish(ctx, in, dir, hostname, domains, alsoNames)
	})
	if err != nil {
		return nil, err
	}
	return in.config()
}

// furnish fills a new data directory.
func furnish(ctx context.Context, in *invocation, dir, hostname string, domains, alsoNames []string) error {
	c := defaults(dir)
	c.Server.Hostname = hostname
	if err := c.Validate(); err != nil {
		return usage(err)
	}
	var text bytes.Buffer
	if err := c.writeReference(&text); err != nil {
		return err
	}
	if err := writeFile(filepath.Join(dir, configFile), text.Bytes(), 0o600); err != nil {
		return err
	}
	secret := make([]byte, secretSize)
	rand.Read(secret) // never fails
	if err := writeFile(filepath.Join(dir, secretFile), secret, 0o600); err != nil {
		return err
	}
	now := time.Now()
	ca, err := createAuthority(dir, c.Server.Hostname, now)
	if err != nil {
		return err
	}
	names := append(certificateNames(c.Server.Hostname, domains), alsoNames...)
	if err := ca.issue(c.path(c.TLS.Cert), c.path(c.TLS.Key), names, now); err != nil {
		return err
	}
	log := in.warnings()
	st, err := createStore(ctx, c, log)
	if err != nil {
		return err
	}
	l, err := newLocal(c, st, log)
	if err != nil {
		return err
	}
	err = l.admin.update(ctx, func(tx store.Tx) error {
		for _, d := range domains {
			if err := tx.CreateDomain(d); err != nil {
				return fmt.Errorf("domain %s: %w", d, err)
			}
		}
		return nil
	})
	return errors.Join(err, l.close())
}
