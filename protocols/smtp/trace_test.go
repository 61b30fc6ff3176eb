package smtp

import (
	"crypto/tls"
	"net/netip"
	"testing"
	"time"
)

func TestReceived(t *testing.T) {
	tr := trace{
		helo: "client.example", remote: netip.MustParseAddr("192.0.2.7"), host: "mail.example.test",
		proto: protocolName(false, true, false, true, false), id: "ABC",
		tls:  &tls.ConnectionState{Version: tls.VersionTLS13, CipherSuite: tls.TLS_AES_128_GCM_SHA256},
		when: time.Date(2026, 3, 1, 4, 5, 6, 0, time.UTC),
	}
	want := "Received: from client.example ([192.0.2.7])\r\n" +
		"\tby mail.example.test (Gannet) with ESMTPS id ABC\r\n" +
		"\t(TLS 1.3, TLS_AES_128_GCM_SHA256);\r\n" +
		"\tSun, 1 Mar 2026 04:05:06 +0000\r\n"
	if got := tr.received(); got != want {
		t.Errorf("received:\n%s\nwant:\n%s", got, want)
	}
}

func TestTraceWords(t *testing.T) {
	for name, want := range map[string]string{
		"mail.example": "mail.example", "[192.0.2.1]": "[192.0.2.1]", "[IPv6:::1]": "[IPv6:::1]",
		"": "unknown", "a b": "unknown", "a\r\nX: y": "unknown", "bücher.example": "unknown", "(x)": "unknown",
	} {
		if got := cleanHelo(name); got != want {
			t.Errorf("cleanHelo(%q) = %q; want %q", name, got, want)
		}
	}
	if got := addressLiteral(netip.MustParseAddr("2001:db8::1")); got != "[IPv6:2001:db8::1]" {
		t.Errorf("addressLiteral = %q", got)
	}
	if got := addressLiteral(netip.MustParseAddr("::ffff:192.0.2.1")); got != "[192.0.2.1]" {
		t.Errorf("addressLiteral of a mapped address = %q", got)
	}
	for _, tt := range []struct {
		lmtp, esmtp, utf8, secure, authenticated bool
		want                                     string
	}{
		{want: "SMTP"}, {esmtp: true, want: "ESMTP"}, {esmtp: true, secure: true, authenticated: true, want: "ESMTPSA"},
		{lmtp: true, want: "LMTP"}, {lmtp: true, secure: true, want: "LMTPS"},
		{utf8: true, secure: true, want: "UTF8SMTPS"}, {utf8: true, lmtp: true, want: "UTF8LMTP"},
	} {
		if got := protocolName(tt.lmtp, tt.esmtp, tt.utf8, tt.secure, tt.authenticated); got != tt.want {
			t.Errorf("protocolName(%+v) = %q", tt, got)
		}
	}
	if got := returnPath(`a "b"@example.test`); got != "Return-Path: <\"a \\\"b\\\"\"@example.test>\r\n" {
		t.Errorf("returnPath = %q", got)
	}
	if got := returnPath(""); got != "Return-Path: <>\r\n" {
		t.Errorf("null returnPath = %q", got)
	}
}
