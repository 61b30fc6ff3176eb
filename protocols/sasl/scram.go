package sasl

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gannetmail/gannet/auth"
)

// scram is SCRAM-SHA-256, with plus SCRAM-SHA-256-PLUS. RFC 5802, section 5.
type scram struct {
	exchange
	channel Channel
	plus    bool
	nonce   string // the server's part
	step    int    // messages of the client so far

	first  clientFirst
	keys   *auth.SCRAM
	server string // server-first-message
	id     auth.Identity
}

// newNonce returns 144 random bits in printable characters without a comma.
func newNonce() string {
	b := make([]byte, 18)
	rand.Read(b) // never returns an error, crypto/rand
	return base64.StdEncoding.EncodeToString(b)
}

// Next implements sasl.Server.
func (s *scram) Next(response []byte) (challenge []byte, done bool, err error) {
	if err := s.over(); err != nil {
		return nil, false, err
	}
	if response == nil && s.step == 0 {
		return []byte{}, false, nil
	}
	s.step++
	switch s.step {
	case 1:
		challenge, err = s.begin(string(response))
	case 2:
		challenge, err = s.prove(string(response))
	default:
		done, err = true, s.end(response)
	}
	s.ended = done || err != nil
	return challenge, done && err == nil, err
}

// begin answers the client-first-message with the server-first-message.
func (s *scram) begin(message string) ([]byte, error) {
	var err error
	if s.first, err = parseClientFirst(message); err != nil {
		return nil, err
	}
	if err := s.checkBinding(); err != nil {
		return nil, err
	}
	s.attempt.Login = s.first.login
	if s.keys, err = s.by.SCRAM(s.ctx, s.attempt); err != nil {
		return nil, err
	}
	s.server = "r=" + s.first.nonce + s.nonce +
		",s=" + base64.StdEncoding.EncodeToString(s.keys.Salt) + ",i=" + strconv.Itoa(s.keys.Iterations)
	return []byte(s.server), nil
}

// checkBinding refuses what does not go with the mechanism, and a client that could bind and believes that we can't though
// we offered it: somebody between took the offer away. RFC 5802, section 6.
func (s *scram) checkBinding() error {
	flag, _, _ := strings.Cut(s.first.gs2, ",")
	switch {
	case s.plus && s.channel.value(flag) == "":
		return fmt.Errorf("SCRAM: channel binding %.40q: %w", flag, ErrSyntax)
	case !s.plus && strings.HasPrefix(flag, "p="):
		return fmt.Errorf("SCRAM: channel binding without -PLUS: %w", ErrSyntax)
	case !s.plus && flag == "y" && s.channel.bindable():
		return fmt.Errorf("SCRAM: the offer of -PLUS was taken away: %w", ErrSyntax)
	}
	return nil
}

// binding is what the client's "c=" must hold: its GS2 header, and the channel's name when it binds to that.
func (s *scram) binding() string {
	if s.plus {
		flag, _, _ := strings.Cut(s.first.gs2, ",")
		return s.first.gs2 + s.channel.value(flag)
	}
	return s.first.gs2
}

// prove answers the client-final-message with the server-final-message.
func (s *scram) prove(message string) ([]byte, error) {
	final, err := parseClientFinal(message)
	if err != nil {
		return nil, err
	}
	if final.binding != s.binding() || final.nonce != s.first.nonce+s.nonce {
		return nil, fmt.Errorf("SCRAM: binding or nonce changed: %w", ErrSyntax)
	}
	signed := s.first.bare + "," + s.server + "," + final.withoutProof
	key := mac(s.keys.StoredKey, signed)
	for i := range key {
		key[i] ^= final.proof[i]
	}
	if s.id, err = s.keys.Finish(s.ctx, key); err != nil {
		return nil, err
	}
	if err := mayActAs(s.first.authzid, s.first.login, s.id); err != nil {
		return nil, err
	}
	return []byte("v=" + base64.StdEncoding.EncodeToString(mac(s.keys.ServerKey, signed))), nil
}

// end takes the empty answer of a client that has accepted our proof.
func (s *scram) end(response []byte) error {
	if len(response) > 0 {
		return fmt.Errorf("SCRAM: %w", ErrSyntax)
	}
	return s.done(s.id)
}

func mac(key []byte, message string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(message))
	return h.Sum(nil)
}

// clientFirst is a parsed client-first-message. RFC 5802, section 7.
type clientFirst struct {
	gs2     string // header as sent, "n,,"
	authzid string
	bare    string // client-first-message-bare
	login   string
	nonce   string // the client's part
}

func parseClientFirst(message string) (clientFirst, error) {
	bad := fmt.Errorf("SCRAM client-first-message: %w", ErrSyntax)
	f := strings.SplitN(message, ",", 3)
	if len(f) != 3 || f[0] != "n" && f[0] != "y" && !strings.HasPrefix(f[0], "p=") || !utf8.ValidString(message) {
		return clientFirst{}, bad
	}
	c := clientFirst{gs2: f[0] + "," + f[1] + ",", bare: f[2]}
	var ok bool
	if f[1] != "" {
		if c.authzid, ok = saslName(f[1], "a="); !ok {
			return clientFirst{}, bad
		}
	}
	attrs := strings.Split(c.bare, ",")
	if len(attrs) < 2 {
		return clientFirst{}, bad // "m=…", a mandatory extension, is no user name either
	}
	if c.login, ok = saslName(attrs[0], "n="); !ok {
		return clientFirst{}, bad
	}
	if c.nonce, ok = strings.CutPrefix(attrs[1], "r="); !ok || !isNonce(c.nonce) {
		return clientFirst{}, bad
	}
	return c, nil
}

// clientFinal is a parsed client-final-message.
type clientFinal struct {
	binding      string // decoded: the GS2 header, and the channel's name with -PLUS
	nonce        string
	withoutProof string // client-final-message-without-proof
	proof        []byte // 32 bytes
}

func parseClientFinal(message string) (clientFinal, error) {
	bad := fmt.Errorf("SCRAM client-final-message: %w", ErrSyntax)
	at := strings.LastIndex(message, ",p=")
	if at < 0 {
		return clientFinal{}, bad
	}
	c := clientFinal{withoutProof: message[:at]}
	var err error
	if c.proof, err = base64.StdEncoding.DecodeString(message[at+len(",p="):]); err != nil || len(c.proof) != sha256.Size {
		return clientFinal{}, bad
	}
	attrs := strings.Split(c.withoutProof, ",")
	if len(attrs) < 2 {
		return clientFinal{}, bad
	}
	encoded, ok := strings.CutPrefix(attrs[0], "c=")
	binding, err := base64.StdEncoding.DecodeString(encoded)
	if !ok || err != nil {
		return clientFinal{}, bad
	}
	c.binding = string(binding)
	if c.nonce, ok = strings.CutPrefix(attrs[1], "r="); !ok {
		return clientFinal{}, bad
	}
	return c, nil
}

// saslName undoes "=2C" for a comma and "=3D" for an equals sign; any other "=" is refused.
func saslName(attr, prefix string) (string, bool) {
	v, ok := strings.CutPrefix(attr, prefix)
	if !ok || v == "" || strings.ContainsRune(v, 0) {
		return "", false
	}
	name := strings.ReplaceAll(strings.ReplaceAll(v, "=2C", ","), "=3D", "=")
	return name, strings.Count(v, "=") == strings.Count(v, "=2C")+strings.Count(v, "=3D")
}

// isNonce reports whether s is one or more printable ASCII characters; commas are cut before.
func isNonce(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r < 0x21 || r > 0x7e })
}
