package main

import (
	"fmt"
	"net"
	"path/filepath"
	"strings"
)

// config is the demo's configuration. A host is what clients are told; one that is not this machine's
// loopback also opens HTTPS to the network.
func (d demoCmd) config(in *invocation) (*Config, error) {
	c, err := in.config()
	if err != nil {
		return nil, err
	}
	if !c.Listen.HTTPS.Enabled() {
		return nil, usagef("listen.https is off, and the demo is nothing without it")
	}
	if d.Host == "" {
		return c, nil
	}
	if err := d.apply(c); err != nil {
		return nil, usage(fmt.Errorf("--host: %w", err))
	}
	if foreign(d.Host) {
		fmt.Fprintf(in.stderr, "gannet: warning: --host: no interface of this machine has the address %s\n", d.Host)
	}
	return c, nil
}

// apply gives a configuration the host.
func (d demoCmd) apply(c *Config) error {
	if _, _, err := net.SplitHostPort(d.Host); err == nil || strings.Contains(d.Host, "/") {
		return fmt.Errorf("%q: give the name or address alone, without https:// and port; the port is that of listen.https", d.Host)
	}
	ip := net.ParseIP(d.Host)
	c.Server.Hostname = d.Host
	if ip != nil && ip.To4() == nil {
		if !ip.IsLoopback() {
			return fmt.Errorf("%s: clients are told a name or an IPv4 address; give one of those", d.Host)
		}
		c.Server.Hostname = "localhost"
	}
	if host, port, err := net.SplitHostPort(string(c.Listen.HTTPS)); err == nil && isLoopback(host) {
		switch {
		case !isLoopback(d.Host):
			host = "0.0.0.0"
		case ip != nil:
			host = d.Host
		}
		c.Listen.HTTPS = Listen(net.JoinHostPort(host, port))
	}
	return c.Validate()
}

// foreign reports whether host is an address that no interface of this machine has.
func foreign(host string) bool {
	ip := net.ParseIP(host)
	if ip == nil || ip.IsLoopback() {
		return false
	}
	addrs, err := net.InterfaceAddrs()
	for _, a := range addrs {
		if n, ok := a.(*net.IPNet); ok && n.IP.Equal(ip) {
			return false
		}
	}
	return err == nil
}

// isLoopback reports whether a host is this machine seen by itself only.
func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// printDemo tells what to type.
func printDemo(in *invocation, s *server, passwords map[string]string) error {
	var b strings.Builder
	https := s.state().addresses["https"]
	host, port, err := net.SplitHostPort(https)
	if err != nil {
		return fmt.Errorf("listen.https: %w", err)
	}
	closed := isLoopback(host)
	if !closed {
		https = net.JoinHostPort(s.config.Server.Hostname, port)
	}
	fmt.Fprintf(&b, "\nThe demo is served at https://%s. In a phone or program, add an account of the kind Exchange:\n\n", https)
	for _, a := range demoAccounts {
		fmt.Fprintf(&b, "  address %-20s password %s\n", a.Name, passwords[a.Name])
	}
	fmt.Fprintf(&b, "  server  %s\n\nIt must trust https://%s/ca.crt, which is %s.\n", https, https, filepath.Join(s.config.Data, caCertFile))
	if ln := s.bound["imaps"]; ln != nil && s.bound["submissions"] != nil {
		fmt.Fprintf(&b, "Mail programs: IMAP at %s, port %d, and SMTP at port %d, both with TLS",
			s.config.Server.Hostname, portOf(ln), portOf(s.bound["submissions"]))
		if pop := s.bound["pop3s"]; pop != nil {
			fmt.Fprintf(&b, "; POP3 at port %d", portOf(pop))
		}
		b.WriteString(".\n")
	}
	if closed {
		fmt.Fprintln(&b, "Only this machine can reach it so far.")
	}
	if closed || isLoopback(s.config.Server.Hostname) {
		fmt.Fprintln(&b, "For phones in your network start it again with --host and the address by which they find this")
		fmt.Fprintf(&b, "machine: gannet demo --data %s --host 192.168.1.20, or make run ARGS='--host 192.168.1.20'\n", in.cli.Data)
	}
	fmt.Fprintln(&b, "Ctrl-C stops it.")
	_, err = fmt.Fprintln(in.stdout, b.String())
	return err
}
