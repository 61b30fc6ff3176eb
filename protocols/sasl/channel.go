package sasl

import (
	"crypto"
	_ "crypto/sha256" // hashes of certificates
	_ "crypto/sha512"
	"crypto/tls"
	"crypto/x509"

	"github.com/gannetmail/gannet/protocols"
)

// Channel is the connection below an exchange as far as a login can be bound to it, RFC 5056. The zero value is one that
// can't be: without TLS, or with a TLS that has no such name for the connection.
type Channel struct {
	exporter string // tls-exporter, RFC 9266
	endPoint string // tls-server-end-point, RFC 5929 section 4
}

// ChannelOf names a TLS connection by tls-exporter. That is safe with TLS 1.3, and with TLS 1.2 where both sides have
// the extended master secret; Go makes none without.
func ChannelOf(c tls.ConnectionState) Channel {
	if !c.HandshakeComplete {
		return Channel{}
	}
	b, err := c.ExportKeyingMaterial("EXPORTER-Channel-Binding", []byte{}, 32) // an empty context is not none in TLS 1.2
	if err != nil {
		return Channel{}
	}
	return Channel{exporter: string(b)}
}

// ChannelOn is ChannelOf for a server's end of a connection, with tls-server-end-point as well when its settings are
// those of [Recording]: for programs that know no better, and those behind a TLS that has no tls-exporter.
func ChannelOn(c *tls.Conn) Channel {
	ch := ChannelOf(c.ConnectionState())
	ch.endPoint = string(protocols.Served(c))
	return ch
}

// Recording returns TLS settings like config for servers over [protocols.Conn]: they remember what [ChannelOn] needs.
// Nil stays nil.
func Recording(config *tls.Config) *tls.Config {
	if config == nil {
		return nil
	}
	return protocols.Recording(config, endPoint)
}

// endPoint is the hash of a certificate, by the hash function of its signature; SHA-256 stands in for older ones. Where
// the signature has none of its own (Ed25519) there is no such binding. RFC 5929, section 4.1.
func endPoint(leaf []byte) []byte {
	cert, err := x509.ParseCertificate(leaf)
	if err != nil {
		return nil
	}
	f, ok := signatureHashes[cert.SignatureAlgorithm]
	if !ok {
		return nil
	}
	h := f.New()
	h.Write(leaf)
	return h.Sum(nil)
}

var signatureHashes = map[x509.SignatureAlgorithm]crypto.Hash{
	x509.MD5WithRSA:       crypto.SHA256,
	x509.SHA1WithRSA:      crypto.SHA256,
	x509.DSAWithSHA1:      crypto.SHA256,
	x509.ECDSAWithSHA1:    crypto.SHA256,
	x509.DSAWithSHA256:    crypto.SHA256,
	x509.SHA256WithRSA:    crypto.SHA256,
	x509.SHA256WithRSAPSS: crypto.SHA256,
	x509.ECDSAWithSHA256:  crypto.SHA256,
	x509.SHA384WithRSA:    crypto.SHA384,
	x509.SHA384WithRSAPSS: crypto.SHA384,
	x509.ECDSAWithSHA384:  crypto.SHA384,
	x509.SHA512WithRSA:    crypto.SHA512,
	x509.SHA512WithRSAPSS: crypto.SHA512,
	x509.ECDSAWithSHA512:  crypto.SHA512,
}

func (c Channel) bindable() bool { return c.exporter != "" || c.endPoint != "" }

// value is what a GS2 flag binds to, "" for a type that this channel does not have. RFC 5802, section 7.
func (c Channel) value(flag string) string {
	switch flag {
	case "p=tls-exporter":
		return c.exporter
	case "p=tls-server-end-point":
		return c.endPoint
	}
	return ""
}
