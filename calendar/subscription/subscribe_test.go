package subscription

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/calendar"
	"github.com/gannetmail/gannet/store"
)

func TestSubscribe(t *testing.T) {
	p := newPublisher(t, strings.Replace(calendarOf(high, low), "VERSION:2.0\r\n", "VERSION:2.0\r\nX-WR-CALNAME: Tides / Harbour\r\n", 1))
	r := newRig(t, p)
	sub := r.subscribe()
	if sub.Folder != "Tides Harbour" || sub.Host != "127.0.0.1" || sub.Events != 2 || sub.Fetched != r.now || !sub.Next.After(r.now) || !strings.HasSuffix(sub.URL, "/secret.ics") {
		t.Errorf("subscription %+v", sub)
	}
	r.want(sub.Collection, "high High water 20300601T040000Z", "low Low water 20300601T100000Z")
	if _, err := r.Subscribe(context.Background(), r.acct.ID, p.URL+"/secret.ics#x", "Again"); !errors.Is(err, store.Exists) {
		t.Errorf("again: %v", err)
	}
	if _, err := r.Subscribe(context.Background(), r.acct.ID, p.URL+"/other.ics", "Calendar"); !errors.Is(err, store.Exists) {
		t.Errorf("a name that is taken: %v", err)
	}
	second, err := r.Subscribe(context.Background(), r.acct.ID, p.URL+"/other.ics", "")
	r.must(err)
	if second.Folder != "Tides Harbour 2" {
		t.Errorf("second folder %q", second.Folder)
	}
	list, err := r.List(context.Background(), r.acct.ID)
	r.must(err)
	if len(list) != 2 || list[0].Folder != sub.Folder || list[1].Folder != second.Folder {
		t.Errorf("list %+v", list)
	}
	r.must(r.Unsubscribe(context.Background(), r.acct.ID, second.Collection))
	if err := r.Unsubscribe(context.Background(), r.acct.ID, second.Collection); !errors.Is(err, store.NotFound) {
		t.Errorf("unsubscribed twice: %v", err)
	}
	main := mainCalendar(r)
	if err := r.Unsubscribe(context.Background(), r.acct.ID, main.ID); !errors.Is(err, store.Invalid) {
		t.Errorf("unsubscribed from the own calendar: %v", err)
	}
}

func mainCalendar(r *rig) (c store.Collection) {
	r.must(r.st.View(context.Background(), r.acct.ID, func(v store.Reader) (err error) {
		c, err = v.CollectionByRole(store.MainCal)
		return err
	}))
	return c
}

func TestAddresses(t *testing.T) {
	s := New(nil, Options{Hosts: []string{"intern.example.test", "10.1.2.3:8080"}})
	for text, want := range map[string]string{
		"webcal://Cal.example.test/a.ics":                         "https://cal.example.test/a.ics",
		" webcals://cal.example.test/a.ics ":                      "https://cal.example.test/a.ics",
		"https://me:pw@cal.example.test:8443/a?t=1":               "https://me:pw@cal.example.test:8443/a?t=1",
		"http://intern.example.test/a":                            "http://intern.example.test/a",
		"http://10.1.2.3:8080/a#top":                              "http://10.1.2.3:8080/a",
		"http://cal.example.test/a":                               "",
		"http://10.1.2.3/a":                                       "",
		"file:///etc/passwd":                                      "",
		"cal.example.test/a.ics":                                  "",
		"https:///a.ics":                                          "",
		"https://cal.example.test/\x7f":                           "",
		"https://cal.example.test/" + strings.Repeat("a", maxURL): "",
	} {
		u, err := s.parseURL(text)
		switch {
		case want == "" && !errors.Is(err, store.Invalid):
			t.Errorf("%.60s: %v, want it refused", text, err)
		case want != "" && (err != nil || u.String() != want):
			t.Errorf("%s: %v, %v; want %s", text, u, err, want)
		}
	}
}

// TestRefusals wants what is wrong in words, nothing of a secret in them, and nothing left behind.
func TestRefusals(t *testing.T) {
	p := newPublisher(t, "")
	r := newRig(t, p)
	secure := httptest.NewTLSServer(p)
	defer secure.Close()
	before := r.modseq()
	page := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(text)) }
	}
	status := func(n int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(n) }
	}
	for name, tt := range map[string]struct {
		answer http.HandlerFunc
		url    string
		want   string
	}{
		"web page":  {page(" <!doctype html><html>"), "", "a web page and no calendar"},
		"text":      {page("Hello"), "", "line 1: no calendar component"},
		"empty":     {page(""), "", "no calendar component"},
		"cut off":   {page(strings.TrimSuffix(calendarOf(high), "END:VCALENDAR\r\n")), "", "cut off"},
		"password":  {status(401), "", "wants a name and a password"},
		"not found": {status(404), "", "no calendar at that address"},
		"gone":      {status(410), "", "gone for good"},
		"broken":    {status(500), "", "HTTP 500 Internal Server Error"},
		"same":      {status(304), "", "HTTP 304"},
		"short": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			w.Write([]byte("BEGIN:VCALENDAR\r\n"))
		}, "", "not read to its end"},
		"private":     {page(calendarOf(high)), "https://127.0.0.1:1/secret", `127.0.0.1 is not a public address; to allow that, add "127.0.0.1:1" to calendars.hosts`},
		"certificate": {page(calendarOf(high)), secure.URL + "/secret", "was not reached"},
		"name":        {page(""), "https://secret@nowhere.invalid./secret", "nowhere.invalid. was not reached"},
		"elsewhere":   {http.RedirectHandler("http://127.0.0.1:1/secret", 302).ServeHTTP, "", "without encryption"},
		"nowhere": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "https://secret/%zz")
			w.WriteHeader(http.StatusFound)
		}, "", "does not say where"},
		"round": {http.RedirectHandler("/secret.ics", 302).ServeHTTP, "", "too many redirects"},
	} {
		t.Run(name, func(t *testing.T) {
			p.say(tt.answer)
			address := tt.url
			if address == "" {
				address = p.URL + "/secret.ics"
			}
			if name == "certificate" {
				r.Service.o.Hosts = append(r.Service.o.Hosts, strings.TrimPrefix(secure.URL, "https://"))
			}
			_, err := r.Subscribe(context.Background(), r.acct.ID, address, "")
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "secret") {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
	if after := r.modseq(); after != before {
		t.Errorf("something was left behind: %d, was %d", after, before)
	}
}

func TestRedirects(t *testing.T) {
	s := New(nil, Options{Hosts: []string{"a.example.test"}})
	for _, tt := range []struct {
		from, to string
		ok       bool
	}{
		{"https://c.example.test/", "https://b.example.test/", true},
		{"https://c.example.test/", "http://a.example.test/", false},
		{"http://a.example.test/", "https://b.example.test/", true},
		{"http://a.example.test/", "http://a.example.test/x", true},
		{"http://a.example.test/", "http://b.example.test/", false},
		{"http://a.example.test/", "ftp://a.example.test/", false},
	} {
		if err := s.follow(mustURL(t, tt.from), mustURL(t, tt.to)); (err == nil) != tt.ok {
			t.Errorf("from %s to %s: %v", tt.from, tt.to, err)
		}
	}
}

// TestBounds wants a bomb to end at the bound of what it unpacks to.
func TestBounds(t *testing.T) {
	p := newPublisher(t, "")
	r := newRig(t, p)
	p.say(bomb)
	_, err := r.Subscribe(context.Background(), r.acct.ID, p.URL, "")
	if err == nil || !strings.Contains(err.Error(), "more than 20971520 bytes") {
		t.Errorf("bomb: %v", err)
	}
	r.Service.o.Off = true
	if _, err := r.Subscribe(context.Background(), r.acct.ID, p.URL, ""); !errors.Is(err, ErrOff) {
		t.Errorf("switched off: %v", err)
	}
	if _, _, err := r.Refresh(context.Background(), r.acct.ID, 1); !errors.Is(err, ErrOff) {
		t.Errorf("switched off: %v", err)
	}
}

// TestFree wants nobody to be busy because of what others publish.
func TestFree(t *testing.T) {
	p := newPublisher(t, calendarOf(high))
	r := newRig(t, p)
	r.subscribe()
	day := time.Date(2030, 6, 1, 0, 0, 0, 0, time.UTC)
	free, err := calendar.Availability(context.Background(), r.st, r.acct.ID, day, day.AddDate(0, 0, 1), nil, calendar.Identity{r.acct.Name})
	r.must(err)
	if periods := free.Periods(); len(periods) != 0 {
		t.Errorf("busy %v", periods)
	}
}
