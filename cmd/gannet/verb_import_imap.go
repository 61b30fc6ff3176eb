package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"os"

	"github.com/gannetmail/gannet/protocols/imap/source"
)

// importIMAPCmd is `gannet import imap ACCOUNT HOST`.
type importIMAPCmd struct {
	Account string `arg:"" help:"Whose mail it becomes."`
	Host    string `arg:"" help:"The other server, HOST or HOST:PORT."`
	User    string `help:"The login there; the account's name when it is left out." placeholder:"NAME"`
	passwordFlags
	importFlags
	Security string `help:"tls: from the first byte, port 993; starttls: port 143; none: in the clear, password and all." enum:"tls,starttls,none" default:"tls"`
	CA       string `name:"ca" help:"File with the certificates, in PEM, of the authorities to trust instead of the system's." placeholder:"FILE" type:"existingfile"`
	Insecure bool   `help:"Do not verify the other server's certificate: whoever sits in between can read everything."`
}

func (c importIMAPCmd) Run(ctx context.Context, in *invocation) error {
	o, err := c.options()
	if err != nil {
		return err
	}
	if o.Password, err = c.secret(ctx, in, o.User+" at "+o.Address); err != nil {
		return err
	}
	from, err := source.Open(ctx, o)
	if err != nil {
		return err
	}
	defer from.Close()
	return runImport(ctx, in, c.importFlags, c.Account, "imap "+o.User+" at "+o.Address, from)
}

// options are those of the source, but for the password.
func (c importIMAPCmd) options() (source.Options, error) {
	o := source.Options{Address: c.Host, User: c.User, TLS: &tls.Config{InsecureSkipVerify: c.Insecure}}
	port := "993"
	switch c.Security {
	case "starttls":
		o.Security, port = source.StartTLS, "143"
	case "none":
		o.Security, port = source.Plain, "143"
	}
	if _, _, err := net.SplitHostPort(c.Host); err != nil {
		o.Address = net.JoinHostPort(c.Host, port)
	}
	if o.User == "" {
		o.User = c.Account
	}
	if c.CA == "" {
		return o, nil
	}
	pem, err := os.ReadFile(c.CA)
	if err != nil {
		return o, usage(err)
	}
	o.TLS.RootCAs = x509.NewCertPool()
	if !o.TLS.RootCAs.AppendCertsFromPEM(pem) {
		return o, usage(errors.New(c.CA + " has no certificate in PEM"))
	}
	return o, nil
}
