package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"image"
	"image/png"
	"math/big"
	"os"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gannetmail/gannet/activesync/asclient"
)

// certifyCommand is `certify NAME ADDRESS…`: it makes an authority of that name, ca.pem, and for each address a
// certificate for mail that it signed, ADDRESS.pem.
func certifyCommand(ts *testscript.TestScript, _ bool, args []string) {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		BasicConstraintsValid: true, IsCA: true,
	}
	template.Subject.CommonName = args[0]
	ca, caKey := *template, newKey(ts)
	writeCertificate(ts, "ca.pem", template, &ca, caKey, caKey)
	for i, addr := range args[1:] {
		template.SerialNumber = big.NewInt(int64(i + 2))
		template.IsCA, template.Subject.CommonName, template.EmailAddresses = false, addr, []string{addr}
		template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection}
		writeCertificate(ts, addr+".pem", template, &ca, newKey(ts), caKey)
	}
}

func newKey(ts *testscript.TestScript) *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ts.Check(err)
	return key
}

func writeCertificate(ts *testscript.TestScript, name string, template, parent *x509.Certificate, key, signer *ecdsa.PrivateKey) {
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(name), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
}

// portraitCommand is `portrait FILE SIDE`: it makes a PNG of that many pixels in width and height.
func portraitCommand(ts *testscript.TestScript, _ bool, args []string) {
	side := 0
	_, err := fmt.Sscan(args[1], &side)
	ts.Check(err)
	var b bytes.Buffer
	ts.Check(png.Encode(&b, image.NewGray(image.Rect(0, 0, side, side))))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b.Bytes(), 0o600))
}

// resolveCommand is `resolve LOGIN:PASSWORD NAME…`: a phone asks who is meant by each name, and prints it.
func resolveCommand(ts *testscript.TestScript, _ bool, args []string) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	phone := newPhone(ts, args[0], "resolver")
	ts.Check(phone.Setup(ctx))
	list, err := phone.ResolveRecipients(ctx, asclient.ResolveOptions{Certificates: 2, Pictures: true}, args[1:]...)
	ts.Check(err)
	for _, r := range list {
		fmt.Fprintf(ts.Stdout(), "%s: status %d\n", r.Name, r.Status)
		for _, p := range r.People {
			fmt.Fprintf(ts.Stdout(), "%s <%s> certificates %d photo %v\n", p.Display, p.Address, len(p.Certificates), len(p.Photo) > 0)
		}
	}
	for _, v := range phone.Violations {
		ts.Fatalf("%s", v)
	}
}

// validateCommand is `validate LOGIN:PASSWORD FILE…`: a phone has certificates checked and prints the statuses.
func validateCommand(ts *testscript.TestScript, _ bool, args []string) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	phone := newPhone(ts, args[0], "validator")
	ts.Check(phone.Setup(ctx))
	var list [][]byte
	for _, name := range args[1:] {
		block, _ := pem.Decode([]byte(ts.ReadFile(name)))
		if block == nil {
			ts.Fatalf("%s is no PEM file", name)
		}
		list = append(list, block.Bytes)
	}
	statuses, err := phone.ValidateCert(ctx, nil, list, false)
	ts.Check(err)
	fmt.Fprintln(ts.Stdout(), statuses)
}
