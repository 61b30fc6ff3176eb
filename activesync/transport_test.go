package activesync

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/gannetmail/gannet/store"
)

const userInformation = "Settings:Settings\n  Settings:UserInformation\n    Settings:Get\n"

func TestOptions(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Versions = nil })
	req := httptest.NewRequest(http.MethodOptions, "/Microsoft-Server-ActiveSync", nil)
	if a := r.send(req); a.code != 401 || !strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Basic ") {
		t.Errorf("without credentials: %d %v", a.code, a.header)
	}
	req.SetBasicAuth(rita, "wrong")
	if a := r.send(req); a.code != 401 || a.header.Get("MS-ASProtocolVersions") != "" {
		t.Errorf("with a wrong password: %d %v", a.code, a.header)
	}
	req.SetBasicAuth(rita, password)
	a := r.send(req)
	if a.code != 200 || len(a.body) != 0 {
		t.Errorf("%d with %d bytes", a.code, len(a.body))
	}
	for name, want := range map[string]string{
		"MS-ASProtocolVersions": listVersions(DefaultVersions), "MS-Server-ActiveSync": "15.2",
		"X-AspNet-Version": "4.0.30319", "Allow": "OPTIONS,POST", "Public": "OPTIONS,POST", "Content-Length": "0",
	} {
		if got := a.header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	offered := strings.Split(a.header.Get("MS-ASProtocolCommands"), ",")
	for _, name := range offered {
		if c := commandOf(Query{Command: name}); c == nil || c.run == nil {
			t.Errorf("%q is offered and not served", name)
		}
	}
	if len(offered) < 8 {
		t.Errorf("only %v are offered", offered)
	}
}

func TestMethods(t *testing.T) {
	r := newRig(t)
	for method, want := range map[string]int{"GET": 200, "HEAD": 200, "PUT": 501, "PROPFIND": 501, "DELETE": 501} {
		req := httptest.NewRequest(method, "/Microsoft-Server-ActiveSync", nil)
		req.SetBasicAuth(rita, password)
		if a := r.send(req); a.code != want {
			t.Errorf("%s: %d, want %d", method, a.code, want)
		}
	}
	if a := r.send(httptest.NewRequest("GET", "/Microsoft-Server-ActiveSync", nil)); a.code != 401 {
		t.Errorf("GET without credentials: %d", a.code)
	}
}

// TestPrecedence checks which of several faults a request is told.
func TestPrecedence(t *testing.T) {
	r := newRig(t)
	tests := []struct {
		name   string
		call   call
		code   int
		status string
	}{
		{"unknown command", call{cmd: "Nonsense"}, 501, ""},
		{"unknown command of an unknown version", call{cmd: "Nonsense", header: map[string]string{"MS-ASProtocolVersion": "9.9"}}, 501, ""},
		{"unknown version", call{cmd: "Settings", header: map[string]string{"MS-ASProtocolVersion": "9.9"}}, 400, ""},
		{"command that the version has not", call{cmd: "GetAttachment", version: V140}, 400, ""},
		{"command of later", call{cmd: "Settings", version: V25}, 400, ""},
		{"no device id", call{cmd: "Settings", query: url.Values{"DeviceId": {""}}}, 200, "108"},
		{"no device id, before 14.0", call{cmd: "Settings", version: V121, query: url.Values{"DeviceId": {""}}}, 400, ""},
		{"no device type", call{cmd: "Settings", query: url.Values{"DeviceType": {""}}}, 200, "109"},
		{"somebody else as User", call{cmd: "Settings", query: url.Values{"User": {"otto"}}}, 403, ""},
		{"an alias as User", call{cmd: "Settings", query: url.Values{"User": {"sales@example.test"}}, body: userInformation}, 200, "1"},
		{"User with a domain in front", call{cmd: "Settings", query: url.Values{"User": {`HOME\rita`}}, body: userInformation}, 200, "1"},
		{"no body", call{cmd: "Settings"}, 200, "101"},
		{"no body, before 14.0", call{cmd: "Settings", version: V121}, 400, ""},
		{"wrong type", call{cmd: "Settings", body: userInformation, header: map[string]string{"Content-Type": "text/plain"}}, 200, "101"},
		{"short type", call{cmd: "Settings", body: userInformation, header: map[string]string{"Content-Type": "application/vnd.ms-sync"}}, 200, "1"},
		{"type with a parameter", call{cmd: "Settings", body: userInformation, header: map[string]string{"Content-Type": "Application/vnd.ms-sync.WBXML; charset=utf-8"}}, 200, "1"},
		{"another document", call{cmd: "Settings", body: "Ping:Ping\n"}, 200, "103"},
		{"another document, before 14.0", call{cmd: "Settings", version: V121, body: "Ping:Ping\n"}, 200, "2"},
		{"nothing asked", call{cmd: "Settings", body: "Settings:Settings\n"}, 200, "103"},
		{"probe", call{cmd: "Settings", device: "validate", body: userInformation}, 200, "4"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := tt.call
			if c.version == 0 && baseVersion < V140 { // what has other words there
				c.version = max(baseVersion, V120)
				switch tt.status {
				case "101", "108", "109":
					tt.code, tt.status = codes[101], ""
				case "103":
					tt.status = "2" // of Settings
				}
			}
			a := r.do(c)
			if a.code != tt.code || a.value("Settings:Status") != tt.status {
				t.Errorf("%d, status %q; want %d, status %q\n%s", a.code, a.value("Settings:Status"), tt.code, tt.status, a.dump)
			}
		})
	}
	if _, err := r.device("validate"); err == nil {
		t.Error("the probe has been given state")
	}
}

func TestBrokenBody(t *testing.T) {
	r := newRig(t)
	for version, want := range map[Version]struct {
		code   int
		status string
	}{V121: {400, ""}, V140: {200, "102"}, V161: {200, "102"}} {
		req := r.request(call{cmd: "Settings", version: version, body: userInformation})
		req.Body, req.ContentLength = io.NopCloser(strings.NewReader("\x03\x01\x6a\x00\x00\x12\x45")), -1
		if a := r.send(req); a.code != want.code || a.value("Settings:Status") != want.status {
			t.Errorf("%v: %d %q, want %v", version, a.code, a.value("Settings:Status"), want)
		}
	}
}

func TestBodyTooLong(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Limits.MaxBody, o.Limits.MaxMessage = 100, 2000 })
	r.needs(V120)
	long := "Settings:Settings\n  Settings:DeviceInformation\n    Settings:Set\n      Settings:Model \"" + strings.Repeat("m", 200) + "\"\n"
	req := r.request(call{cmd: "Settings", body: long})
	if a := r.send(req); a.code != 413 {
		t.Errorf("announced: %d, want 413", a.code)
	}
	req = r.request(call{cmd: "Settings", body: long})
	req.ContentLength = -1
	if a := r.send(req); a.code != 413 {
		t.Errorf("found while reading: %d, want 413", a.code)
	}
	message := "To: otto@example.test\n\n" + strings.Repeat("text ", 1000)
	if a := r.do(call{cmd: "SendMail", version: V121, mime: message}); a.code != 413 {
		t.Errorf("message, before 14.0: %d, want 413", a.code)
	}
	req = r.request(call{cmd: "SendMail", version: V141, body: sendMail("id", message)})
	req.ContentLength = -1
	if a := r.send(req); a.value("ComposeMail:Status") != "122" {
		t.Errorf("message: %d %s, want 122", a.code, a.dump)
	}
}

func TestBase64Request(t *testing.T) {
	r := newRig(t)
	req := r.request(call{cmd: "Settings", body: userInformation})
	req.Header.Del("MS-ASProtocolVersion")
	req.URL.RawQuery = base64.RawStdEncoding.EncodeToString([]byte("\x8c\x11\x09\x04\x02d1\x00\x02SP"))
	if a := r.send(req); a.code != 200 || a.value("Settings:SMTPAddress") != rita {
		t.Errorf("%d\n%s", a.code, a.dump)
	}
	d, err := r.device("d1")
	if err != nil || d.Type != "SP" || d.Protocol != "14.0" {
		t.Errorf("device %+v, %v", d, err)
	}
	req = r.request(call{cmd: "Settings", body: userInformation})
	req.URL.RawQuery = "%%%"
	if a := r.send(req); a.code != 400 {
		t.Errorf("unreadable request line: %d, want 400", a.code)
	}
}

func TestLatin1Credentials(t *testing.T) {
	r := newRig(t)
	must(t, r.Auth.(interface {
		SetPassword(context.Context, store.AccountID, string) error
	}).SetPassword(t.Context(), r.rita.ID, "größer als alles"))
	for name, raw := range map[string]string{"UTF-8": rita + ":größer als alles", "Latin-1": rita + ":gr\xf6\xdfer als alles"} {
		req := r.request(small(call{}))
		req.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(raw)))
		if a := r.send(req); a.code != 200 {
			t.Errorf("%s: %d", name, a.code)
		}
	}
}

func TestGzip(t *testing.T) {
	var names []string
	r := newRig(t)
	r.needs(V120)
	must(t, r.st.Update(t.Context(), 0, func(tx store.Tx) error {
		for _, c := range "abcdefghijklmnopqrstuvwxyz" {
			name := strings.Repeat(string(c), 30) + "@example.test"
			names = append(names, name)
			must(t, tx.PutAlias(store.Alias{Address: name, Accounts: []store.AccountID{r.rita.ID}}))
		}
		return nil
	}))
	a := r.do(call{cmd: "Settings", body: userInformation, header: map[string]string{"Accept-Encoding": "gzip, deflate"}})
	if a.header.Get("Content-Encoding") != "gzip" {
		t.Fatalf("not compressed: %v", a.header)
	}
	zip, err := gzip.NewReader(bytes.NewReader(a.body))
	must(t, err)
	plain, err := io.ReadAll(zip)
	must(t, err)
	if !bytes.Contains(plain, []byte(names[25])) {
		t.Error("content is missing")
	}
	// An empty answer is never compressed: iOS ignores one that is.
	a = r.do(call{cmd: "SendMail", body: sendMail("g1", "To: otto@example.test\n\nhello"), header: map[string]string{"Accept-Encoding": "gzip"}})
	if a.code != 200 || len(a.body) != 0 || a.header.Get("Content-Encoding") != "" || a.header.Get("Content-Length") != "0" {
		t.Errorf("empty answer: %d, %d bytes, %v", a.code, len(a.body), a.header)
	}
}

func TestPanicIsAnswered(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Mail = nil }) // a nil Sender panics
	if a := r.do(call{cmd: "SendMail", body: sendMail("p", "To: otto@example.test\n\nx")}); a.outcome() != common(110) {
		t.Errorf("%d %s, want status 110", a.code, a.dump)
	}
	if a := r.do(call{cmd: "SendMail", version: V121, mime: "To: otto@example.test\n\nx"}); a.code != 500 {
		t.Errorf("before 14.0: %d, want 500", a.code)
	}
}

func TestDisabledAccount(t *testing.T) {
	r := newRig(t)
	must(t, r.st.Update(t.Context(), 0, func(tx store.Tx) error {
		a := r.rita
		a.Disabled = true
		return tx.UpdateAccount(a)
	}))
	if a := r.do(call{cmd: "Settings", body: userInformation}); a.code != 401 && a.code != 403 {
		t.Errorf("%d, want 401 or 403", a.code)
	}
}
