package smtp

import (
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// trace is what the Received field says of a hop, RFC 5321 section 4.4.
type trace struct {
	helo   string
	remote netip.Addr // zero: not told
	host   string     // this server
	proto  string     // ESMTP, ESMTPS, …
	id     string
	tls    *tls.ConnectionState
	when   time.Time
}

// newID makes the name of a transaction, told to the client, in the Received field and in the log.
func newID() string { return rand.Text()[:16] }

// received is the Received field. It names no recipient, so that all of them share one blob.
func (t trace) received() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Received: from %s", cleanHelo(t.helo))
	if t.remote.IsValid() {
		fmt.Fprintf(&b, " (%s)", addressLiteral(t.remote))
	}
	fmt.Fprintf(&b, "\r\n\tby %s (Gannet) with %s id %s", t.host, t.proto, t.id)
	if t.tls != nil {
		fmt.Fprintf(&b, "\r\n\t(%s, %s)", tls.VersionName(t.tls.Version), tls.CipherSuiteName(t.tls.CipherSuite))
	}
	fmt.Fprintf(&b, ";\r\n\t%s\r\n", t.when.Format("Mon, 2 Jan 2006 15:04:05 -0700"))
	return b.String()
}

// returnPath is the Return-Path field of a final delivery; sender is unquoted, empty for notices.
func returnPath(sender string) string {
	return "Return-Path: <" + Quote(sender) + ">\r\n"
}

// protocolName is the "with" word of RFC 3848 and RFC 6531, section 4.3.
func protocolName(lmtp, esmtp, utf8, secure, authenticated bool) string {
	name := "SMTP"
	switch {
	case lmtp && utf8:
		name = "UTF8LMTP"
	case lmtp:
		name = "LMTP"
	case utf8:
		name = "UTF8SMTP"
	case esmtp || secure || authenticated:
		name = "ESMTP"
	}
	if secure {
		name += "S"
	}
	if authenticated {
		name += "A"
	}
	return name
}

// addressLiteral writes an address as RFC 5321, section 4.1.3 does.
func addressLiteral(a netip.Addr) string {
	a = a.Unmap().WithZone("")
	if a.Is6() {
		return "[IPv6:" + a.String() + "]"
	}
	return "[" + a.String() + "]"
}

// cleanHelo is what a client called itself, if that can stand in a header.
func cleanHelo(name string) string {
	bad := func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-._:[]", r))
	}
	if name == "" || len(name) > 255 || strings.ContainsFunc(name, bad) {
		return "unknown"
	}
	return name
}
