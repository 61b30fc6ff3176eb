package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"github.com/rogpeppe/go-internal/testscript"
)

// trusting returns TLS settings that trust the authority of a script's data directory.
func trusting(ts *testscript.TestScript) *tls.Config {
	text, err := os.ReadFile(filepath.Join(ts.Getenv("GANNET_DATA"), caCertFile))
	ts.Check(err)
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		ts.Fatalf("no certificate in %s", caCertFile)
	}
	return &tls.Config{RootCAs: pool, ServerName: "localhost"}
}

// httpCommand is `http [-user LOGIN:PASSWORD] [-name HOST] METHOD URL`: it prints status, headers and
// body of the answer. URL without a host goes to $HTTPS.
func httpCommand(ts *testscript.TestScript, neg bool, args []string) {
	settings := trusting(ts)
	user := ""
	for len(args) > 2 && strings.HasPrefix(args[0], "-") {
		switch args[0] {
		case "-user":
			user = args[1]
		case "-name":
			settings.ServerName = args[1]
		}
		args = args[2:]
	}
	if len(args) != 2 {
		ts.Fatalf("usage: http [-user LOGIN:PASSWORD] [-name HOST] METHOD URL")
	}
	url := args[1]
	if strings.HasPrefix(url, "/") {
		url = "https://" + ts.Getenv("HTTPS") + url
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, args[0], url, nil)
	ts.Check(err)
	if login, password, ok := strings.Cut(user, ":"); ok {
		req.SetBasicAuth(login, password)
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: settings, DisableKeepAlives: true, ForceAttemptHTTP2: true}}
	resp, err := client.Do(req)
	if neg != (err != nil) {
		ts.Fatalf("http: %v", err)
	} else if neg {
		return
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	ts.Check(err)
	fmt.Fprintln(ts.Stdout(), resp.Status)
	ts.Check(resp.Header.Write(ts.Stdout()))
	fmt.Fprintf(ts.Stdout(), "\n%s", body)
}

// smtpCommand is `smtp [-user LOGIN:PASSWORD] ADDRESS FROM TO[,TO…] FILE`: it delivers a message, under
// STARTTLS when it logs in. What the server refuses is printed, and fails unless negated.
func smtpCommand(ts *testscript.TestScript, neg bool, args []string) {
	user := ""
	if len(args) > 2 && args[0] == "-user" {
		user, args = args[1], args[2:]
	}
	if len(args) != 4 {
		ts.Fatalf("usage: smtp [-user LOGIN:PASSWORD] ADDRESS FROM TO[,TO…] FILE")
	}
	err := deliverOverSMTP(trusting(ts), user, args[0], args[1], strings.Split(args[2], ","), ts.ReadFile(args[3]))
	if err != nil {
		fmt.Fprintln(ts.Stderr(), err)
	}
	if neg != (err != nil) {
		ts.Fatalf("smtp: %v; the server's log:\n%s", err, serverOf(ts).out)
	}
}

func deliverOverSMTP(settings *tls.Config, user, addr, from string, to []string, text string) error {
	conn, err := net.DialTimeout("tcp", addr, patience)
	if err != nil {
		return err
	}
	defer conn.Close()
	var c *smtp.Client
	if login, password, ok := strings.Cut(user, ":"); ok {
		if c, err = smtp.NewClientStartTLS(conn, settings); err != nil {
			return err
		}
		if err := c.Auth(sasl.NewPlainClient("", login, password)); err != nil {
			return err
		}
	} else {
		c = smtp.NewClient(conn)
	}
	crlf := strings.ReplaceAll(text, "\n", "\r\n")
	if err := c.SendMail(from, to, bytes.NewReader([]byte(crlf))); err != nil {
		return err
	}
	return c.Quit()
}
