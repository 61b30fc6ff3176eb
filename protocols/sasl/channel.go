package sasl

import "crypto/tls"

// Channel is the connection below an exchange as far as a login can be bound to it, RFC 5056. The zero value is one that
// can't be: without TLS, or with a TLS that has no such name for the connection.
type Channel struct {
	exporter string // tls-exporter, RFC 9266
}

// exporterName is the one type of channel binding that is offered. It is safe with TLS 1.3, and with TLS 1.2 where both
// sides have the extended master secret; Go makes none without.
const exporterName = "tls-exporter"

// ChannelOf names a TLS connection.
func ChannelOf(c tls.ConnectionState) Channel {
	if !c.HandshakeComplete {
		return Channel{}
	}
	b, err := c.ExportKeyingMaterial("EXPORTER-Channel-Binding", nil, 32)
	if err != nil {
		return Channel{}
	}
	return Channel{exporter: string(b)}
}

func (c Channel) bindable() bool { return c.exporter != "" }
