package main

import "testing"

func TestDemoHost(t *testing.T) {
	tests := []struct{ host, listen, hostname, want string }{
		{"127.0.0.1", "127.0.0.1:8443", "127.0.0.1", "127.0.0.1:8443"},
		{"localhost", "127.0.0.1:8443", "localhost", "127.0.0.1:8443"},
		{"localhost", "[::1]:8443", "localhost", "[::1]:8443"},
		{"::1", "127.0.0.1:8443", "localhost", "[::1]:8443"},
		{"192.0.2.20", "127.0.0.1:8443", "192.0.2.20", "0.0.0.0:8443"},
		{"mail.example.test", "localhost:8443", "mail.example.test", "0.0.0.0:8443"},
		{"mail.example.test", "10.0.0.1:8443", "mail.example.test", "10.0.0.1:8443"},
	}
	for _, tt := range tests {
		c := defaults("")
		c.Listen.HTTPS = Listen(tt.listen)
		if err := (demoCmd{Host: tt.host}).apply(c); err != nil {
			t.Errorf("%s: %v", tt.host, err)
		} else if c.Server.Hostname != tt.hostname || string(c.Listen.HTTPS) != tt.want {
			t.Errorf("--host %s with %s: %s on %s, want %s on %s", tt.host, tt.listen, c.Server.Hostname, c.Listen.HTTPS, tt.hostname, tt.want)
		}
	}
	for _, host := range []string{"https://x", "x:9000", "[::1]:9000", "2001:db8::1", "no host", "x/"} {
		if err := (demoCmd{Host: host}).apply(defaults("")); err == nil {
			t.Errorf("--host %s was taken", host)
		}
	}
}
