package autodiscover

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/auth"
	"github.com/gannetmail/gannet/store"
)

var update = flag.Bool("update", false, "rewrite the documents in testdata")

// people is an Authenticator with one account.
type people struct{ fail error }

var rita = store.Account{ID: 7, Name: "rita@example.test", Display: "Rita <R&D>"}

func (p people) Verify(_ context.Context, a auth.Attempt) (auth.Identity, error) {
	switch {
	case p.fail != nil:
		return auth.Identity{}, p.fail
	case a.Login != "rita@example.test" || a.Password != "secret" || a.Proto != auth.Discover || !a.Remote.IsValid():
		return auth.Identity{}, auth.ErrCredentials
	}
	return auth.Identity{Account: rita}, nil
}

func (people) Owns(_ context.Context, acct store.AccountID, addr string) (bool, error) {
	return acct == rita.ID && (addr == rita.Name || addr == "r.levi@example.test"), nil
}

var everything = []Endpoint{
	{IMAP, "", 993, ImplicitTLS}, {IMAP, "", 143, StartTLS}, {POP3, "", 995, ImplicitTLS},
	{Submission, "smtp.example.test", 465, ImplicitTLS}, {Submission, "smtp.example.test", 587, StartTLS},
}

func newTest(endpoints []Endpoint, fail error) *Handler {
	return New(Options{
		Hostname: "mail.example.test", URL: "https://mail.example.test:8443/", Name: "Example & Sons",
		Endpoints: endpoints, Auth: people{fail},
		Now: func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 678901200, time.UTC) },
	})
}

func posting(address string, s schema) string {
	ns := strings.Replace(strings.TrimSuffix(string(s), "a"), "responseschema", "requestschema", 1)
	return `<?xml version="1.0" encoding="utf-8"?><Autodiscover xmlns="` + ns + `"><Request><EMailAddress>` + address +
		`</EMailAddress><AcceptableResponseSchema>` + string(s) + `</AcceptableResponseSchema></Request></Autodiscover>`
}

func ask(h http.Handler, method, target, body, basic string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	if basic != "" {
		r.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(basic)))
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

const (
	xmlPath = "/autodiscover/autodiscover.xml"
	right   = "rita@example.test:secret"
)

func TestDocuments(t *testing.T) {
	tests := []struct {
		file, method, target, body, contentType string
		endpoints                               []Endpoint
	}{
		{"mobilesync.xml", "POST", xmlPath, posting("Rita@Example.test", mobileSync), "text/xml; charset=utf-8", nil},
		{"mobilesync-alias.xml", "POST", xmlPath, posting("r.levi@example.test", mobileSync), "text/xml; charset=utf-8", nil},
		{"mobilesync-other.xml", "POST", xmlPath, posting("bob@example.test", mobileSync), "text/xml; charset=utf-8", nil},
		{"outlook.xml", "POST", xmlPath, posting("rita@example.test", outlook), "text/xml; charset=utf-8", everything},
		{"outlook-starttls.xml", "POST", xmlPath, posting("rita@example.test", outlook), "text/xml; charset=utf-8", []Endpoint{{IMAP, "", 143, StartTLS}}},
		{"outlook-none.xml", "POST", xmlPath, posting("rita@example.test", outlook), "text/xml; charset=utf-8", nil},
		{"outlook-other.xml", "POST", xmlPath, posting("bob@example.test", outlook), "text/xml; charset=utf-8", everything},
		{"invalid.xml", "POST", xmlPath, "", "text/xml; charset=utf-8", nil},
		{"get.xml", "GET", xmlPath, "", "text/xml; charset=utf-8", nil},
		{"provider.xml", "POST", xmlPath, posting("rita@example.test", "http://example.test/other"), "text/xml; charset=utf-8", nil},
		{"autoconfig.xml", "GET", "/mail/config-v1.1.xml?emailaddress=rita%40b%C3%BCcher.example", "", "application/xml; charset=utf-8", everything},
		{"autoconfig-imap.xml", "GET", "/.well-known/autoconfig/mail/config-v1.1.xml", "", "application/xml; charset=utf-8", everything[:1]},
		{"apple.mobileconfig", "GET", "/apple.mobileconfig?email=Rita%40example.test", "", "application/x-apple-aspen-config", nil},
		{"v2.json", "GET", "/autodiscover/autodiscover.json?Email=rita%40example.test&Protocol=ActiveSync&RedirectCount=1", "", "application/json; charset=utf-8", nil},
		{"v2-v1.json", "GET", "/autodiscover/autodiscover.json/v1.0/rita%40example.test?Protocol=AutodiscoverV1", "", "application/json; charset=utf-8", nil},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			basic := ""
			if tt.target == xmlPath {
				basic = right
			}
			w := ask(newTest(tt.endpoints, nil), tt.method, tt.target, tt.body, basic)
			if got := w.Header().Get("Content-Type"); w.Code != http.StatusOK || got != tt.contentType {
				t.Errorf("status %d, %s; want 200, %s", w.Code, got, tt.contentType)
			}
			golden(t, tt.file, w.Body.Bytes())
			if !strings.HasSuffix(tt.file, ".json") {
				wellFormed(t, w.Body.Bytes())
			}
		})
	}
}

func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	name := filepath.Join("testdata", file)
	if *update {
		if err := os.WriteFile(name, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func wellFormed(t *testing.T, doc []byte) {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(doc))
	for {
		if _, err := d.Token(); err == io.EOF {
			return
		} else if err != nil {
			t.Fatalf("not well-formed: %v", err)
		}
	}
}

// What a client gets that has no password yet, in every spelling of the path.
func TestUnauthenticated(t *testing.T) {
	tests := []struct {
		method, target string
		want           int
		code           string // ErrorCode of a JSON answer
	}{
		{"POST", "/autodiscover/autodiscover.xml", 401, ""},
		{"POST", "/Autodiscover/Autodiscover.xml", 401, ""},
		{"POST", "/AutoDiscover/AutoDiscover.XML/", 401, ""},
		{"POST", "//autodiscover//autodiscover.xml", 401, ""},
		{"GET", "/autodiscover/autodiscover.xml", 401, ""},
		{"HEAD", "/autodiscover/autodiscover.xml", 401, ""},
		{"OPTIONS", "/autodiscover/autodiscover.xml", 401, ""},
		{"GET", "/autodiscover/autodiscover.json?Email=a@example.test&Protocol=ActiveSync", 200, ""},
		{"GET", "/Autodiscover/Autodiscover.JSON?email=a@example.test&protocol=activesync", 200, ""},
		{"HEAD", "/autodiscover/autodiscover.json?Email=a@example.test&Protocol=ActiveSync", 200, ""},
		{"GET", "/autodiscover/autodiscover.json/v1.0/a@example.test?Protocol=ActiveSync", 200, ""},
		{"GET", "/autodiscover/autodiscover.json/v1.1/a@example.test?Protocol=AutodiscoverV1", 200, ""},
		{"GET", "/autodiscover/autodiscover.json/V1.1?Email=a@example.test&Protocol=AutodiscoverV1", 200, ""},
		{"GET", "/autodiscover/autodiscover.json?Email=a@example.test&Protocol=EWS", 400, "InvalidProtocol"},
		{"GET", "/autodiscover/autodiscover.json/v1.0/a@example.test?Protocol=REST", 400, "InvalidProtocol"},
		{"GET", "/autodiscover/autodiscover.json?Email=a@example.test", 400, "MandatoryParameterMissing"},
		{"GET", "/autodiscover/autodiscover.json?Protocol=ActiveSync", 400, "EmailAddressRequired"},
		{"GET", "/autodiscover/autodiscover.json?Email=nobody&Protocol=ActiveSync", 400, "EmailAddressRequired"},
		{"GET", "/autodiscover/autodiscover.json/v1.0/?Protocol=ActiveSync", 400, "EmailAddressRequired"},
		{"GET", "/autodiscover/autodiscover.json/v9.9/a@example.test?Protocol=ActiveSync", 404, ""},
		{"GET", "/autodiscover/autodiscover.json/v1.0/a@example.test/more?Protocol=ActiveSync", 404, ""},
		{"POST", "/autodiscover/autodiscover.json?Email=a@example.test&Protocol=ActiveSync", 405, ""},
		{"GET", "/mail/config-v1.1.xml", 200, ""},
		{"GET", "/Mail/Config-v1.1.XML?emailaddress=a@example.test", 200, ""},
		{"GET", "/.well-known/autoconfig/mail/config-v1.1.xml?emailaddress=a@example.test", 200, ""},
		{"GET", "/mail/config-v1.1.xml?emailaddress=nobody", 400, ""},
		{"POST", "/mail/config-v1.1.xml", 405, ""},
		{"GET", "/apple.mobileconfig?email=a@example.test", 200, ""},
		{"GET", "/autodiscover/apple.mobileconfig?email=a@example.test", 200, ""},
		{"GET", "/apple.mobileconfig", 400, ""},
		{"GET", "/autodiscover/other.xml", 404, ""},
		{"GET", "/autodiscover", 404, ""},
		{"GET", "/", 404, ""},
	}
	h := newTest(everything, nil)
	for _, tt := range tests {
		w := ask(h, tt.method, tt.target, "", "")
		if w.Code != tt.want {
			t.Errorf("%s %s: %d; want %d", tt.method, tt.target, w.Code, tt.want)
		}
		if got := w.Header().Get("WWW-Authenticate"); (tt.want == 401) != strings.HasPrefix(got, "Basic realm=") {
			t.Errorf("%s %s: challenge %q", tt.method, tt.target, got)
		}
		if !strings.Contains(w.Body.String(), tt.code) {
			t.Errorf("%s %s: %s; want %s", tt.method, tt.target, w.Body, tt.code)
		}
	}
}

func TestNoMailListenerNoAutoconfig(t *testing.T) {
	h := newTest([]Endpoint{{Submission, "", 465, ImplicitTLS}}, nil)
	if w := ask(h, "GET", "/mail/config-v1.1.xml", "", ""); w.Code != http.StatusNotFound {
		t.Errorf("status %d; want 404", w.Code)
	}
}

// The open answers know no accounts: they cannot differ but by the address that was asked for.
func TestOpenAnswersAreTheSameForEverybody(t *testing.T) {
	h := newTest(everything, errors.New("must not be asked"))
	for _, target := range []string{
		"/autodiscover/autodiscover.json?Protocol=ActiveSync&Email=%s", "/mail/config-v1.1.xml?emailaddress=%s",
		"/apple.mobileconfig?email=%s",
	} {
		known, unknown := "rita@example.test", "nemo@example.test"
		a := ask(h, "GET", fmt.Sprintf(target, known), "", "").Body.String()
		b := ask(h, "GET", fmt.Sprintf(target, unknown), "", "").Body.String()
		if withoutUUIDs(a) != withoutUUIDs(strings.ReplaceAll(b, unknown, known)) {
			t.Errorf("%s differs:\n%s\n%s", target, a, b)
		}
	}
}

var uuid = regexp.MustCompile(`(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

func withoutUUIDs(s string) string { return uuid.ReplaceAllString(s, "UUID") }

func TestLogin(t *testing.T) {
	tests := []struct {
		name, basic string
		fail        error
		want        int
		challenge   bool
		retryAfter  string
	}{
		{"right", right, nil, 200, false, ""},
		{"wrong", "rita@example.test:Secret", nil, 401, true, ""},
		{"throttled", right, &auth.Throttled{RetryAfter: 1500 * time.Millisecond}, 503, false, "2"},
		{"throttled and known to be wrong", right, &auth.Throttled{RetryAfter: time.Minute, Refused: true}, 401, true, "60"},
		{"store", right, store.Internal, 503, false, "30"},
	}
	for _, tt := range tests {
		w := ask(newTest(nil, tt.fail), "POST", xmlPath, posting("rita@example.test", mobileSync), tt.basic)
		if w.Code != tt.want || w.Header().Get("Retry-After") != tt.retryAfter || (w.Header().Get("WWW-Authenticate") != "") != tt.challenge {
			t.Errorf("%s: %d %v; want %d, Retry-After %q, challenge %v", tt.name, w.Code, w.Header(), tt.want, tt.retryAfter, tt.challenge)
		}
		if strings.Contains(w.Body.String(), "internal error") {
			t.Errorf("%s reveals our error: %s", tt.name, w.Body)
		}
	}
}

func TestAuthenticatedMethodsAndSize(t *testing.T) {
	h := newTest(nil, nil)
	if w := ask(h, "PUT", xmlPath, "", right); w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") == "" {
		t.Errorf("PUT: %d %v; want 405 with Allow", w.Code, w.Header())
	}
	long := strings.Replace(posting("rita@example.test", mobileSync), "<Request>", "<!--"+strings.Repeat("x", maxRequest)+"--><Request>", 1)
	if w := ask(h, "POST", xmlPath, long, right); w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("long request: %d; want 413", w.Code)
	}
}
