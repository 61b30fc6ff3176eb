package activesync

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestSlowBody is a client that stops in the middle of its request: it is given up.
func TestSlowBody(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Limits.BodyIdle = 50 * time.Millisecond })
	server := httptest.NewServer(r)
	defer server.Close()
	conn, err := net.Dial("tcp", strings.TrimPrefix(server.URL, "http://"))
	must(t, err)
	defer conn.Close()
	req := r.request(call{cmd: "Settings"})
	fmt.Fprintf(conn, "POST /Microsoft-Server-ActiveSync?%s HTTP/1.1\r\nHost: x\r\nAuthorization: %s\r\nMS-ASProtocolVersion: 12.1\r\nContent-Type: %s\r\nContent-Length: 100\r\n\r\n\x03\x01",
		req.URL.RawQuery, req.Header.Get("Authorization"), typeWBXML)
	conn.SetReadDeadline(time.Now().Add(time.Minute))
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err == nil {
		defer answer.Body.Close()
		if answer.StatusCode < 400 {
			t.Errorf("%d, want an error or nothing", answer.StatusCode)
		}
	}
}

// TestKeepAlive sends requests over one connection, so that the deadlines of one must not end the next.
func TestKeepAlive(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Limits.BodyIdle = 200 * time.Millisecond })
	server := httptest.NewServer(r)
	defer server.Close()
	for i := range 3 {
		req := r.request(call{cmd: "Settings", body: userInformation})
		req.RequestURI = ""
		req.URL.Scheme, req.URL.Host = "http", strings.TrimPrefix(server.URL, "http://")
		res, err := server.Client().Do(req)
		must(t, err)
		if res.StatusCode != 200 || res.ContentLength == 0 {
			t.Errorf("request %d: %d", i, res.StatusCode)
		}
		res.Body.Close()
	}
}
