package asclient

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/wbxml"
)

// scripted is a server that gives its answers in order, whatever is asked.
type scripted struct {
	t       *testing.T
	answers []any // *Node (nil: an empty body) or http.HandlerFunc
	asked   []*Node
}

func (s *scripted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		s.t.Error(err)
	}
	var doc *Node
	if len(body) > 0 && r.Header.Get("Content-Type") == "application/vnd.ms-sync.wbxml" {
		if doc, err = parse(strings.NewReader(string(body))); err != nil {
			s.t.Errorf("request: %v", err)
		}
	}
	s.asked = append(s.asked, doc)
	if len(s.answers) == 0 {
		s.t.Errorf("request %d was not expected: %v", len(s.asked), doc)
		w.WriteHeader(http.StatusTeapot)
		return
	}
	next := s.answers[0]
	s.answers = s.answers[1:]
	switch answer := next.(type) {
	case http.HandlerFunc:
		answer(w, r)
	case *Node:
		if answer == nil {
			return
		}
		text, err := answer.encode()
		if err != nil {
			s.t.Error(err)
		}
		w.Header().Set("Content-Type", "application/vnd.ms-sync.wbxml")
		w.Write(text)
	}
}

// talk makes a client of a scripted server.
func talk(t *testing.T, version string, answers ...any) (*Client, *scripted) {
	t.Helper()
	s := &scripted{t: t, answers: answers}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return New(Config{URL: server.URL, User: "alice", DeviceID: "dev1", Version: version, HTTP: server.Client()}), s
}

func TestPackedQuery(t *testing.T) {
	// The example of MS-ASHTTP, Base64 Encoding of Query.
	c := New(Config{DeviceID: "v140Device", DeviceType: "SmartPhone", Version: "14.0", Base64: true})
	if got, want := c.query("Sync", nil), "jAAJBAp2MTQwRGV2aWNlAApTbWFydFBob25l"; got != want {
		t.Errorf("query %s, want %s", got, want)
	}
	c.Version = "12.0"
	if got := c.query("Sync", nil); !strings.Contains(got, "Cmd=Sync") {
		t.Errorf("12.0 sends %s, but knows the plain query only", got)
	}
}

func TestOptionsChoosesTheBestVersion(t *testing.T) {
	offer := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("MS-ASProtocolVersions", "2.5, 12.1,14.1")
		w.Header().Set("MS-ASProtocolCommands", "Sync,Ping")
	})
	c, _ := talk(t, "", offer)
	if err := c.Options(t.Context()); err != nil || c.Version != "14.1" {
		t.Errorf("chose %q, %v; want 14.1", c.Version, err)
	}
	if want := []string{"Sync", "Ping"}; !slices.Equal(c.Commands, want) {
		t.Errorf("commands %q, want %q", c.Commands, want)
	}
	c, _ = talk(t, "16.1", offer)
	if err := c.Options(t.Context()); !errors.Is(err, ErrVersion) {
		t.Errorf("16.1, which is not offered: %v", err)
	}
}

func TestHTTPError(t *testing.T) {
	c, _ := talk(t, "14.1", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	_, err := c.Do(t.Context(), "Sync", nil)
	var status *StatusError
	if !errors.As(err, &status) || status.HTTP != http.StatusServiceUnavailable || status.Retry != 7*time.Second {
		t.Errorf("got %v", err)
	}
}

func TestLoseAndTrace(t *testing.T) {
	answer := El(wbxml.FolderHierarchyFolderSync, El(wbxml.FolderHierarchyStatus, 1))
	c, _ := talk(t, "14.1", answer)
	c.Lose = func(cmd string) bool { return cmd == "FolderSync" }
	var traced error
	c.Trace = func(_ string, _, _ *Node, err error) { traced = err }
	if err := c.FolderSync(t.Context()); !errors.Is(err, ErrLost) || !errors.Is(traced, ErrLost) {
		t.Errorf("got %v, traced %v; want ErrLost", err, traced)
	}
	if c.FolderKey != "0" {
		t.Errorf("a lost answer changed the key to %s", c.FolderKey)
	}
}

func TestNodeRoundTrip(t *testing.T) {
	n := El(wbxml.ComposeMailSendMail, El(wbxml.ComposeMailClientId, "x"), El(wbxml.ComposeMailSaveInSentItems),
		Data(wbxml.ComposeMailMime, []byte{0, 1, 0xFF}), []*Node{El(wbxml.ComposeMailStatus, 1)}, (*Node)(nil))
	text, err := n.encode()
	if err != nil {
		t.Fatal(err)
	}
	again, err := parse(strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := again.String(), n.String(); got != want {
		t.Errorf("read back as\n%s\nwant\n%s", got, want)
	}
	if _, err := parse(strings.NewReader(string(text[:len(text)-1]))); err == nil {
		t.Error("a document that is cut off was read")
	}
}

func TestSplitMultipart(t *testing.T) {
	whole := []byte("\x02\x00\x00\x00" + "\x14\x00\x00\x00\x03\x00\x00\x00" + "\x17\x00\x00\x00\x02\x00\x00\x00" + "abcde")
	parts, err := splitMultipart(whole)
	if err != nil || len(parts) != 2 || string(parts[0]) != "abc" || string(parts[1]) != "de" {
		t.Errorf("got %q, %v", parts, err)
	}
	for n := range whole {
		if _, err := splitMultipart(whole[:n]); err == nil {
			t.Errorf("%d of %d bytes were taken for whole", n, len(whole))
		}
	}
}

func TestBodyOfEitherGeneration(t *testing.T) {
	for _, tt := range []struct {
		name string
		data *Node
		want Body
	}{
		{"2.5 text", El(wbxml.AirSyncApplicationData, El(wbxml.EmailBody, "hi"), El(wbxml.EmailBodyTruncated, 1), El(wbxml.EmailBodySize, 9)),
			Body{Type: PlainText, Data: "hi", Truncated: true, Size: 9}},
		{"2.5 MIME", El(wbxml.AirSyncApplicationData, El(wbxml.EmailMIMEData, "a: b"), El(wbxml.EmailMIMESize, 4)),
			Body{Type: MIME, Data: "a: b", Size: 4}},
		{"12.0", El(wbxml.AirSyncApplicationData, El(wbxml.AirSyncBaseBody, El(wbxml.AirSyncBaseType, 2),
			El(wbxml.AirSyncBaseEstimatedDataSize, 5), El(wbxml.AirSyncBaseTruncated, 1), El(wbxml.AirSyncBaseData, "<p>"))),
			Body{Type: HTML, Data: "<p>", Truncated: true, Size: 5}},
		{"none", nil, Body{Type: PlainText}},
	} {
		if got := BodyOf(tt.data); got != tt.want {
			t.Errorf("%s: got %+v, want %+v", tt.name, got, tt.want)
		}
	}
}
