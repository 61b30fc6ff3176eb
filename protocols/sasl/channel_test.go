package sasl

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"io"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/protocols"
)

// certificate makes a certificate of its own key, with a signature of the given algorithm; 0: the key's usual one.
func certificate(t *testing.T, key crypto.Signer, algorithm x509.SignatureAlgorithm) tls.Certificate {
	t.Helper()
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: serial, NotAfter: time.Now().Add(time.Hour), SignatureAlgorithm: algorithm, DNSNames: []string{"mail.example.test"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func ecdsaKey(t *testing.T, curve elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// TestEndPoint: the hash function follows the signature, RFC 5929 section 4.1.
func TestEndPoint(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name      string
		key       crypto.Signer
		algorithm x509.SignatureAlgorithm
		hash      crypto.Hash // 0: no such binding
	}{
		{"ECDSA", ecdsaKey(t, elliptic.P256()), 0, crypto.SHA256},
		{"ECDSA, SHA-384", ecdsaKey(t, elliptic.P384()), 0, crypto.SHA384},
		{"ECDSA, SHA-512", ecdsaKey(t, elliptic.P521()), 0, crypto.SHA512},
		{"ECDSA, SHA-1", ecdsaKey(t, elliptic.P256()), x509.ECDSAWithSHA1, crypto.SHA256},
		{"RSA, SHA-1", rsaKey, x509.SHA1WithRSA, crypto.SHA256},
		{"RSA, SHA-256", rsaKey, x509.SHA256WithRSA, crypto.SHA256},
		{"RSA, SHA-384", rsaKey, x509.SHA384WithRSA, crypto.SHA384},
		{"RSA-PSS, SHA-512", rsaKey, x509.SHA512WithRSAPSS, crypto.SHA512},
		{"Ed25519", edKey, 0, 0},
	}
	for _, tt := range tests {
		leaf := certificate(t, tt.key, tt.algorithm).Certificate[0]
		var want []byte
		switch tt.hash {
		case crypto.SHA256:
			h := sha256.Sum256(leaf)
			want = h[:]
		case crypto.SHA384:
			h := sha512.Sum384(leaf)
			want = h[:]
		case crypto.SHA512:
			h := sha512.Sum512(leaf)
			want = h[:]
		}
		if got := endPoint(leaf); string(got) != string(want) {
			t.Errorf("%s: %x; want %x", tt.name, got, want)
		}
	}
	if got := endPoint([]byte("no certificate")); got != nil {
		t.Errorf("of no certificate: %x", got)
	}
}

// site is a server that answers each connection with nothing but a handshake and a line.
type site struct {
	t        *testing.T
	addr     string
	channels chan Channel
}

func newSite(t *testing.T, config *tls.Config) *site {
	t.Helper()
	raw, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln := protocols.Listen(raw, protocols.Options{Proto: "test"})
	s := &site{t: t, addr: raw.Addr().String(), channels: make(chan Channel, 1)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			server := tls.Server(c, config)
			if server.Handshake() == nil {
				s.channels <- ChannelOn(server)
				io.WriteString(server, "x")
			} else {
				s.channels <- Channel{}
			}
			server.Close()
		}
	}()
	t.Cleanup(func() {
		ln.Close()
		<-done
	})
	return s
}

// dial makes one connection and returns both ends.
func (s *site) dial(config *tls.Config) (tls.ConnectionState, Channel) {
	s.t.Helper()
	c, err := tls.Dial("tcp", s.addr, config)
	if err != nil {
		s.t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.ReadAll(c); err != nil { // the ticket comes with what is read
		s.t.Fatal(err)
	}
	return c.ConnectionState(), <-s.channels
}

// TestChannelOn: both ends agree about the certificate that was served, also when the server has another one by now,
// and a client that comes back with a ticket counts with the one that it was shown then.
func TestChannelOn(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		t.Run(tls.VersionName(version), func(t *testing.T) {
			key := ecdsaKey(t, elliptic.P256())
			first, second := certificate(t, key, 0), certificate(t, key, 0)
			current := make(chan tls.Certificate, 1)
			current <- first
			config := Recording(&tls.Config{MaxVersion: version, GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
				c := <-current
				current <- c
				return &c, nil
			}})
			s := newSite(t, config)
			roots := x509.NewCertPool()
			for _, c := range []tls.Certificate{first, second} {
				leaf, err := x509.ParseCertificate(c.Certificate[0])
				if err != nil {
					t.Fatal(err)
				}
				roots.AddCert(leaf)
			}
			coming := &tls.Config{RootCAs: roots, ServerName: "mail.example.test", ClientSessionCache: tls.NewLRUClientSessionCache(1)}
			fresh := &tls.Config{RootCAs: roots, ServerName: "mail.example.test"}
			check := func(config *tls.Config, resumed bool, cert tls.Certificate) {
				t.Helper()
				state, ch := s.dial(config)
				want := sha256.Sum256(cert.Certificate[0])
				if state.DidResume != resumed || string(state.PeerCertificates[0].Raw) != string(cert.Certificate[0]) {
					t.Fatalf("resumed %v, or not the certificate expected", state.DidResume)
				}
				if ch.endPoint != string(want[:]) {
					t.Errorf("tls-server-end-point %x; want %x", ch.endPoint, want)
				}
				if ch.exporter == "" || ch.exporter != ChannelOf(state).exporter {
					t.Errorf("tls-exporter %x; the client has %x", ch.exporter, ChannelOf(state).exporter)
				}
			}
			check(coming, false, first)
			check(coming, true, first)
			<-current
			current <- second
			check(coming, true, first) // as the ticket says, renewed once
			check(coming, true, first)
			check(fresh, false, second)
		})
	}
}

// TestRecordingChoosesAsBefore: the certificate for a name, and the first one for others.
func TestRecordingChoosesAsBefore(t *testing.T) {
	ec, other := certificate(t, ecdsaKey(t, elliptic.P256()), 0), certificate(t, ecdsaKey(t, elliptic.P384()), 0)
	s := newSite(t, Recording(&tls.Config{Certificates: []tls.Certificate{other, ec}, SessionTicketsDisabled: true}))
	for name, want := range map[string]tls.Certificate{"": other, "mail.example.test": other, "elsewhere.test": other} {
		state, ch := s.dial(&tls.Config{InsecureSkipVerify: true, ServerName: name})
		if string(state.PeerCertificates[0].Raw) != string(want.Certificate[0]) || ch.endPoint != string(endPoint(want.Certificate[0])) {
			t.Errorf("%q: not the certificate expected", name)
		}
	}
	if Recording(nil) != nil {
		t.Error("settings of nothing")
	}
	s = newSite(t, Recording(&tls.Config{}))
	if c, err := tls.Dial("tcp", s.addr, &tls.Config{InsecureSkipVerify: true}); err == nil {
		c.Close()
		t.Error("a handshake without a certificate")
	}
	<-s.channels
}

// TestNotRecorded: over other connections or with other settings there is tls-exporter alone.
func TestNotRecorded(t *testing.T) {
	cert := certificate(t, ecdsaKey(t, elliptic.P256()), 0)
	s := newSite(t, &tls.Config{Certificates: []tls.Certificate{cert}})
	if _, ch := s.dial(&tls.Config{InsecureSkipVerify: true}); ch.endPoint != "" || ch.exporter == "" {
		t.Errorf("%+v", ch)
	}
}

// TestSCRAMPlusByEndPoint logs in over real connections: bound to the certificate, and through somebody between who
// shows another one.
func TestSCRAMPlusByEndPoint(t *testing.T) {
	service := newTest(t)
	cert := certificate(t, ecdsaKey(t, elliptic.P256()), 0)
	s := newSite(t, Recording(&tls.Config{Certificates: []tls.Certificate{cert}}))
	state, ch := s.dial(&tls.Config{InsecureSkipVerify: true})
	between := certificate(t, ecdsaKey(t, elliptic.P256()), 0)
	tests := []struct {
		name    string
		channel Channel
		seen    []byte // by the client
		want    error
	}{
		{"the same certificate", ch, state.PeerCertificates[0].Raw, nil},
		{"by a TLS without tls-exporter", Channel{endPoint: ch.endPoint}, state.PeerCertificates[0].Raw, nil},
		{"another certificate", ch, between.Certificate[0], ErrSyntax},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			x, who := beginOn(t, SCRAMPlus, service, tt.channel)
			c := client{gs2: "p=tls-server-end-point,,", bare: "n=user,r=abc", password: "pencil", channel: string(endPoint(tt.seen))}
			first, _, err := x.Next([]byte(c.gs2 + c.bare))
			if err != nil {
				t.Fatal(err)
			}
			last, _, err := x.Next([]byte(c.final(t, string(first))))
			if !errors.Is(err, tt.want) || err == nil && !strings.HasSuffix(string(last), base64.StdEncoding.EncodeToString(mac(c.serverKey, c.signed))) {
				t.Fatalf("%q, %v; want %v", last, err, tt.want)
			}
			if err == nil {
				end(t, x, who, "")
			}
		})
	}
	if x, _ := beginOn(t, SCRAMPlus, service, Channel{endPoint: "x"}); x != nil {
		if _, _, err := x.Next([]byte("p=tls-exporter,,n=user,r=abc")); !errors.Is(err, ErrSyntax) {
			t.Errorf("tls-exporter where there is none: %v; want ErrSyntax", err)
		}
	}
	if x, _ := beginOn(t, SCRAM, service, Channel{endPoint: "x"}); x != nil {
		if _, _, err := x.Next([]byte("y,,n=user,r=abc")); !errors.Is(err, ErrSyntax) {
			t.Errorf("the offer was taken away: %v; want ErrSyntax", err)
		}
	}
}
