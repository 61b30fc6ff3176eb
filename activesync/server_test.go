package activesync

import (
	"bufio"
	"context"
	"fmt"
	"io"
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

// TestSlowStranger is a client without credentials that announces a body and sends none: it cannot hold its
// connection, whatever the method.
func TestSlowStranger(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Limits.BodyIdle = 50 * time.Millisecond })
	server := httptest.NewServer(r)
	defer server.Close()
	for _, method := range []string{"POST", "OPTIONS", "GET", "PUT"} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(server.URL, "http://"))
		must(t, err)
		defer conn.Close()
		fmt.Fprintf(conn, "%s /Microsoft-Server-ActiveSync HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n", method)
		conn.SetReadDeadline(time.Now().Add(time.Minute))
		if _, err := io.Copy(io.Discard, conn); err != nil {
			t.Errorf("%s: %v, want the end of the connection", method, err)
		}
	}
}

// TestKeepAlive sends requests over one connection, so that the deadlines of one must not end the next.
func TestKeepAlive(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Limits.BodyIdle = 200 * time.Millisecond })
	server := httptest.NewServer(r)
	defer server.Close()
	for i := range 3 {
		req := r.request(small(call{}))
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

// TestParkedOutlivesBody: the time limit of the body does not end a request that waits after it, and the
// waiting request notices when its client goes away.
func TestParkedOutlivesBody(t *testing.T) {
	const idle = 20 * time.Millisecond
	outcome := make(chan error, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b := newBody(r.Body, http.NewResponseController(w), Limits{BodyIdle: idle, MaxBody: 100})
		b.drain()
		select {
		case <-r.Context().Done():
			outcome <- r.Context().Err()
		case <-time.After(5 * idle):
			outcome <- nil
		}
		<-r.Context().Done()
		outcome <- r.Context().Err()
	}))
	defer server.Close()
	for _, body := range []string{"", "body"} {
		ctx, cancel := context.WithCancel(t.Context())
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL, strings.NewReader(body))
		must(t, err)
		done := make(chan struct{})
		go func() {
			defer close(done)
			if res, err := server.Client().Do(req); err == nil {
				res.Body.Close()
			}
		}()
		if err := <-outcome; err != nil {
			t.Errorf("body %q: %v while waiting", body, err)
		}
		cancel()
		if err := <-outcome; err == nil {
			t.Errorf("body %q: the client is gone and nobody noticed", body)
		}
		<-done
	}
}

// TestHeaderNames looks at the bytes: old clients look for these names as they stand.
func TestHeaderNames(t *testing.T) {
	r := newRig(t)
	server := httptest.NewServer(r)
	defer server.Close()
	conn, err := net.Dial("tcp", strings.TrimPrefix(server.URL, "http://"))
	must(t, err)
	defer conn.Close()
	fmt.Fprintf(conn, "OPTIONS /Microsoft-Server-ActiveSync HTTP/1.1\r\nHost: x\r\nAuthorization: %s\r\nConnection: close\r\n\r\n",
		r.request(call{cmd: "Settings"}).Header.Get("Authorization"))
	conn.SetReadDeadline(time.Now().Add(time.Minute))
	answer, err := io.ReadAll(conn)
	must(t, err)
	for _, name := range []string{serverHeader, aspNetHeader, versionsHeader, commandsHeader} {
		if !strings.Contains(string(answer), "\r\n"+name+": ") {
			t.Errorf("no %s in\n%s", name, answer)
		}
	}
}
