package sasl

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"math/big"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-sasl"

	"github.com/gannetmail/gannet/auth"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/storetest"
)

// The verifier of RFC 7677's example: password "pencil".
const pencil = "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="

// newTest returns a service with the account user@example.test, password "pencil".
func newTest(t testing.TB) *auth.Service {
	t.Helper()
	st := storetest.New(t)
	user := storetest.Account(t, st, "user@example.test")
	s := auth.New(st, auth.Options{Params: auth.Argon{Memory: 8, Time: 1, Threads: 1}, SCRAMIterations: 4096, MinPassword: 6})
	if err := s.SetPassword(t.Context(), user.ID, "pencil"); err != nil {
		t.Fatal(err)
	}
	err := st.Update(t.Context(), 0, func(tx store.Tx) error {
		creds, err := tx.Credentials(user.ID)
		if err != nil {
			return err
		}
		creds[0].SCRAM = pencil
		_, err = tx.PutCredential(creds[0])
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// begin returns an exchange on a channel without a name, and where its identity goes.
func begin(t testing.TB, mechanism string, by Authenticator) (sasl.Server, *auth.Identity) {
	t.Helper()
	return beginOn(t, mechanism, by, Channel{})
}

func beginOn(t testing.TB, mechanism string, by Authenticator, c Channel) (sasl.Server, *auth.Identity) {
	t.Helper()
	var who auth.Identity
	a := auth.Attempt{Proto: auth.IMAP, Remote: netip.MustParseAddr("192.0.2.1")}
	x, err := New(t.Context(), mechanism, by, a, c, func(id auth.Identity) error {
		who = id
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return x, &who
}

// step gives the exchange a response and wants a challenge back.
func step(t *testing.T, x sasl.Server, response []byte, want string) {
	t.Helper()
	got, done, err := x.Next(response)
	if err != nil || done || string(got) != want {
		t.Fatalf("Next(%q) = %q, %v, %v; want %q", response, got, done, err, want)
	}
}

// end gives the exchange its last response and wants success.
func end(t *testing.T, x sasl.Server, who *auth.Identity, response string) {
	t.Helper()
	if who.Account.ID != 0 {
		t.Fatal("logged in before the end")
	}
	_, done, err := x.Next([]byte(response))
	if err != nil || !done || who.Account.Name != "user@example.test" {
		t.Fatalf("Next(%q) = %v, %v, account %q; want success", response, done, err, who.Account.Name)
	}
	if _, done, err := x.Next([]byte(response)); !errors.Is(err, ErrSyntax) || done {
		t.Errorf("after the end: %v, %v; want ErrSyntax", done, err)
	}
}

func TestPlain(t *testing.T) {
	s := newTest(t)
	x, who := begin(t, "plain", s)
	step(t, x, nil, "")
	end(t, x, who, "\x00user\x00pencil")
	for _, authzid := range []string{"", "user", "User@Example.TEST"} {
		x, who := begin(t, Plain, s)
		end(t, x, who, authzid+"\x00user\x00pencil")
	}
	tests := []struct {
		name, in string
		want     error
	}{
		{"wrong password", "\x00user\x00pen", auth.ErrCredentials},
		{"unknown", "\x00nobody\x00pencil", auth.ErrCredentials},
		{"for somebody else", "boss@example.test\x00user\x00pencil", auth.ErrCredentials},
		{"empty", "", ErrSyntax},
		{"one part", "user", ErrSyntax},
		{"two parts", "user\x00pencil", ErrSyntax},
		{"four parts", "\x00user\x00pencil\x00", ErrSyntax},
		{"long", "\x00user\x00" + strings.Repeat("x", maxMessage), ErrSyntax},
	}
	for _, tt := range tests {
		x, who := begin(t, Plain, s)
		if _, done, err := x.Next([]byte(tt.in)); !errors.Is(err, tt.want) || done || who.Account.ID != 0 {
			t.Errorf("%s: %v, %v; want %v", tt.name, done, err, tt.want)
		}
	}
}

func TestPlainInLatin1(t *testing.T) {
	s := newTest(t)
	if err := s.SetPassword(t.Context(), 1, "schlüssel"); err != nil {
		t.Fatal(err)
	}
	x, who := begin(t, Plain, s)
	end(t, x, who, "\x00user\x00schl\xfcssel")
}

func TestLogin(t *testing.T) {
	s := newTest(t)
	x, who := begin(t, Login, s)
	step(t, x, nil, "Username:")
	step(t, x, []byte("user"), "Password:")
	end(t, x, who, "pencil")

	x, who = begin(t, Login, s) // the login came with the command
	step(t, x, []byte("user@example.test"), "Password:")
	end(t, x, who, "pencil")

	x, _ = begin(t, Login, s)
	step(t, x, []byte("user"), "Password:")
	if _, done, err := x.Next([]byte("pen")); !errors.Is(err, auth.ErrCredentials) || done {
		t.Errorf("wrong password: %v, %v", done, err)
	}
}

// The example of RFC 7677, section 3.
func TestSCRAMOfRFC7677(t *testing.T) {
	s := newTest(t)
	x, who := begin(t, SCRAM, s)
	x.(bounded).Server.(*scram).nonce = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
	step(t, x, nil, "")
	step(t, x, []byte("n,,n=user,r=rOprNGfwEbeRWgbNEkqO"),
		"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096")
	step(t, x, []byte("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="),
		"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")
	end(t, x, who, "")
}

// client makes the messages of a SCRAM client.
type client struct {
	gs2, bare, password string
	channel             string // its name as the client sees it
	serverKey           []byte
	signed              string
}

// final answers a server-first-message.
func (c *client) final(t *testing.T, server string) string {
	t.Helper()
	f := strings.Split(server, ",")
	salt, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(f[1], "s="))
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(strings.TrimPrefix(f[2], "i="))
	if err != nil {
		t.Fatal(err)
	}
	salted, err := pbkdf2.Key(sha256.New, c.password, salt, n, sha256.Size)
	if err != nil {
		t.Fatal(err)
	}
	key := mac(salted, "Client Key")
	stored := sha256.Sum256(key)
	without := "c=" + base64.StdEncoding.EncodeToString([]byte(c.gs2+c.channel)) + "," + f[0]
	c.signed = c.bare + "," + server + "," + without
	c.serverKey = mac(salted, "Server Key")
	for i, b := range mac(stored[:], c.signed) {
		key[i] ^= b
	}
	return without + ",p=" + base64.StdEncoding.EncodeToString(key)
}

func TestSCRAMVariants(t *testing.T) {
	s := newTest(t)
	tests := []struct {
		name, gs2, bare, password string
		want                      error
	}{
		{"plain", "n,,", "n=user,r=abc", "pencil", nil},
		{"could bind", "y,,", "n=user,r=abc", "pencil", nil},
		{"authzid", "n,a=user@example.test,", "n=user,r=abc", "pencil", nil},
		{"escaped authzid", "n,a=us=3Der,", "n=user,r=abc", "pencil", auth.ErrCredentials},
		{"authzid of somebody else", "n,a=boss,", "n=user,r=abc", "pencil", auth.ErrCredentials},
		{"extension", "n,,", "n=user,r=abc,x=1", "pencil", nil},
		{"wrong password", "n,,", "n=user,r=abc", "pen", auth.ErrCredentials},
		{"unknown", "n,,", "n=nobody,r=abc", "pencil", auth.ErrCredentials},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			x, who := begin(t, SCRAM, s)
			first, _, err := x.Next([]byte(tt.gs2 + tt.bare))
			if err != nil {
				t.Fatal(err)
			}
			c := client{gs2: tt.gs2, bare: tt.bare, password: tt.password}
			last, done, err := x.Next([]byte(c.final(t, string(first))))
			if tt.want != nil {
				if !errors.Is(err, tt.want) || done || len(last) > 0 {
					t.Errorf("%q, %v, %v; want %v", last, done, err, tt.want)
				}
				return
			}
			if want := "v=" + base64.StdEncoding.EncodeToString(mac(c.serverKey, c.signed)); err != nil || string(last) != want {
				t.Fatalf("server-final-message %q, %v; want %q", last, err, want)
			}
			end(t, x, who, "")
		})
	}
}

// TestSCRAMPlus binds logins to connections: only both sides of the same one agree, and nobody between can take the offer
// away.
func TestSCRAMPlus(t *testing.T) {
	s := newTest(t)
	here := Channel{exporter: "this connection"}
	tests := []struct {
		name, mechanism, gs2, client string
		first, final                 error
	}{
		{"bound", SCRAMPlus, "p=tls-exporter,,", "this connection", nil, nil},
		{"another connection", SCRAMPlus, "p=tls-exporter,,", "that connection", nil, ErrSyntax},
		{"no name", SCRAMPlus, "p=tls-exporter,,", "", nil, ErrSyntax},
		{"another type", SCRAMPlus, "p=tls-unique,,", "this connection", ErrSyntax, nil},
		{"PLUS without binding", SCRAMPlus, "n,,", "", ErrSyntax, nil},
		{"PLUS that could bind", SCRAMPlus, "y,,", "", ErrSyntax, nil},
		{"binding without PLUS", SCRAM, "p=tls-exporter,,", "this connection", ErrSyntax, nil},
		{"the offer was taken away", SCRAM, "y,,", "", ErrSyntax, nil},
		{"a client that can't bind", SCRAM, "n,,", "", nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			x, who := beginOn(t, tt.mechanism, s, here)
			c := client{gs2: tt.gs2, bare: "n=user,r=abc", password: "pencil", channel: tt.client}
			first, _, err := x.Next([]byte(c.gs2 + c.bare))
			if !errors.Is(err, tt.first) || err != nil {
				if !errors.Is(err, tt.first) {
					t.Errorf("first: %v; want %v", err, tt.first)
				}
				return
			}
			_, done, err := x.Next([]byte(c.final(t, string(first))))
			if !errors.Is(err, tt.final) || done {
				t.Fatalf("final: %v, %v; want %v", done, err, tt.final)
			}
			if err == nil {
				end(t, x, who, "")
			}
		})
	}
}

// TestChannelOf compares both ends of connections: equal on one, different on two.
func TestChannelOf(t *testing.T) {
	names := map[Channel]bool{}
	for _, version := range []uint16{tls.VersionTLS13, tls.VersionTLS12, tls.VersionTLS13} {
		a, b := handshake(t, version)
		if ChannelOf(a) != ChannelOf(b) || !ChannelOf(a).bindable() {
			t.Errorf("version %x: the ends differ", version)
		}
		names[ChannelOf(a)] = true
	}
	if len(names) != 3 {
		t.Errorf("%d names of 3 connections", len(names))
	}
	if ChannelOf(tls.ConnectionState{}).bindable() {
		t.Error("a connection without TLS has a name")
	}
}

func handshake(t *testing.T, version uint16) (client, server tls.ConnectionState) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	near, far := net.Pipe()
	srv := tls.Server(far, &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MaxVersion: version})
	cli := tls.Client(near, &tls.Config{InsecureSkipVerify: true, MaxVersion: version})
	done := make(chan error, 1)
	go func() { done <- srv.Handshake() }()
	if err := cli.Handshake(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	return cli.ConnectionState(), srv.ConnectionState()
}

func TestSCRAMRefuses(t *testing.T) {
	s := newTest(t)
	firsts := []string{
		"", "n", "n,", "n,,", "n,,n=user", "n,,n=,r=abc", "n,,n=user,r=", "n,,n=us=er,r=abc", "n,,n=us=2c,r=abc", "n,,r=abc,n=user",
		"p=tls-exporter,,n=user,r=abc", "n,x=user,n=user,r=abc", "n,,m=ext,n=user,r=abc", "n,,n=user,r=a\x7fb", "n,,n=us\x00er,r=abc",
		"n,,n=us\xffer,r=abc", "N,,n=user,r=abc", "n,,n=user,r=" + strings.Repeat("x", maxMessage),
	}
	for _, first := range firsts {
		x, _ := begin(t, SCRAM, s)
		if got, done, err := x.Next([]byte(first)); !errors.Is(err, ErrSyntax) || done {
			t.Errorf("first %.60q: %q, %v, %v; want ErrSyntax", first, got, done, err)
		}
	}
	const proof = ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
	finals := []string{
		"", "c=biws", "c=biws,r=abcS", "c=biws,r=abc" + proof, "c=eSws,r=abcS" + proof, "c=biws" + proof, "r=abcS,c=biws" + proof,
		"c=biws,r=abcS,p=AAAA", "c=biws,r=abcS,p=!", "c=!,r=abcS" + proof, "c=biws,r=xyzS" + proof,
	}
	for _, final := range finals {
		x, _ := begin(t, SCRAM, s)
		x.(bounded).Server.(*scram).nonce = "S"
		if _, _, err := x.Next([]byte("n,,n=user,r=abc")); err != nil {
			t.Fatal(err)
		}
		if got, done, err := x.Next([]byte(final)); !errors.Is(err, ErrSyntax) || done {
			t.Errorf("final %q: %q, %v, %v; want ErrSyntax", final, got, done, err)
		}
	}
}

func TestSCRAMEndsOnlyWithAnEmptyAnswer(t *testing.T) {
	x, who := begin(t, SCRAM, newTest(t))
	c := client{gs2: "n,,", bare: "n=user,r=abc", password: "pencil"}
	first, _, err := x.Next([]byte(c.gs2 + c.bare))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := x.Next([]byte(c.final(t, string(first)))); err != nil {
		t.Fatal(err)
	}
	if _, done, err := x.Next([]byte("more")); !errors.Is(err, ErrSyntax) || done || who.Account.ID != 0 {
		t.Errorf("%v, %v, account %d; want ErrSyntax and nobody", done, err, who.Account.ID)
	}
}

func TestThrottledPassesThrough(t *testing.T) {
	busy := &auth.Throttled{RetryAfter: 1}
	for _, mechanism := range Mechanisms(true, Channel{}) {
		x, _ := begin(t, mechanism, refusing{busy})
		var err error
		for _, response := range []string{"n,,n=user,r=abc\x00user\x00pencil", "pencil"} {
			if mechanism == SCRAM {
				response, _, _ = strings.Cut(response, "\x00")
			}
			if _, _, err = x.Next([]byte(response)); err != nil {
				break
			}
		}
		var got *auth.Throttled
		if !errors.As(err, &got) || got != busy {
			t.Errorf("%s: %v; want the Throttled", mechanism, err)
		}
	}
}

// refusing is an Authenticator that always says the same.
type refusing struct{ err error }

func (r refusing) Verify(context.Context, auth.Attempt) (auth.Identity, error) {
	return auth.Identity{}, r.err
}

func (r refusing) SCRAM(context.Context, auth.Attempt) (*auth.SCRAM, error) { return nil, r.err }

func TestMechanisms(t *testing.T) {
	bound := Channel{exporter: "name"}
	for _, tt := range []struct {
		protected bool
		channel   Channel
		want      []string
	}{
		{false, Channel{}, []string{SCRAM}},
		{true, Channel{}, []string{SCRAM, Plain, Login}},
		{true, bound, []string{SCRAMPlus, SCRAM, Plain, Login}},
	} {
		if got := Mechanisms(tt.protected, tt.channel); !slices.Equal(got, tt.want) {
			t.Errorf("%v, %v: %v; want %v", tt.protected, tt.channel, got, tt.want)
		}
	}
	if _, err := New(t.Context(), SCRAMPlus, refusing{}, auth.Attempt{}, Channel{}, nil); !errors.Is(err, ErrSyntax) {
		t.Errorf("-PLUS without a name: %v; want ErrSyntax", err)
	}
	if _, err := New(t.Context(), "CRAM-MD5", refusing{}, auth.Attempt{}, Channel{}, nil); !errors.Is(err, ErrSyntax) {
		t.Errorf("unknown mechanism: %v; want ErrSyntax", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("n,,n=user,r=rOprNGfwEbeRWgbNEkqO")
	f.Add("n,a=us=2Cer,n=us=3Der,r=x,ext=1")
	f.Add("c=biws,r=abc,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")
	f.Fuzz(func(t *testing.T, in string) {
		if c, err := parseClientFirst(in); err == nil {
			if c.gs2+c.bare != in || c.login == "" || c.nonce == "" || strings.Contains(c.nonce, ",") {
				t.Errorf("client-first %q = %+v", in, c)
			}
		} else if !errors.Is(err, ErrSyntax) {
			t.Errorf("client-first %q: %v", in, err)
		}
		if c, err := parseClientFinal(in); err == nil {
			if len(c.proof) != sha256.Size || !strings.HasPrefix(in, c.withoutProof) {
				t.Errorf("client-final %q = %+v", in, c)
			}
		} else if !errors.Is(err, ErrSyntax) {
			t.Errorf("client-final %q: %v", in, err)
		}
	})
}
