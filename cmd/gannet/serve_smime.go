package main

import (
	"fmt"
	"log/slog"
	"os"

	"github.com/gannetmail/gannet/contacts/smime"
)

// newValidator makes what checks people's certificates for mail.
func (c *Config) newValidator(log *slog.Logger) (*smime.Validator, error) {
	v := &smime.Validator{Only: !c.SMIME.SystemRoots}
	if c.SMIME.Revocation {
		v.CRLs = &smime.Revocations{Hosts: c.SMIME.RevocationHosts, Log: log}
	}
	if c.SMIME.Roots == "" {
		return v, nil
	}
	name := c.path(c.SMIME.Roots)
	file, err := os.ReadFile(name)
	if err != nil {
		return nil, usagef("smime.roots: %w", err)
	}
	if v.Roots, err = smime.ParseAll(file); err != nil {
		return nil, usagef("smime.roots: %s: %w", name, err)
	}
	if len(v.Roots) == 0 {
		return nil, usage(fmt.Errorf("smime.roots: there is no certificate in %s", name))
	}
	return v, nil
}
