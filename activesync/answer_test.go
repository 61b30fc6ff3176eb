package activesync

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/wbxml"
)

func newTestAnswer(encoding string) (*answer, *httptest.ResponseRecorder) {
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	r.Header.Set("Accept-Encoding", encoding)
	rec := httptest.NewRecorder()
	return newAnswer(rec, r), rec
}

func TestAnswerIsTakenBack(t *testing.T) {
	a, rec := newTestAnswer("")
	e := a.encoder()
	e.Start(wbxml.SettingsSettings)
	e.Elem(wbxml.SettingsStatus, strings.Repeat("x", answerBuffer/2))
	must(t, a.fail(&command{root: wbxml.SettingsSettings, status: wbxml.SettingsStatus}, 110))
	if got := rec.Body.String(); got != "\x03\x01\x6a\x00\x00\x12\x45\x46\x03110\x00\x01\x01" || rec.Header().Get("Content-Length") != "15" {
		t.Errorf("%q %v", got, rec.Header())
	}
}

func TestLongAnswerIsNotTakenBack(t *testing.T) {
	for _, encoding := range []string{"", "gzip"} {
		a, rec := newTestAnswer(encoding)
		e := a.encoder()
		e.Start(wbxml.SettingsSettings)
		for range 5 {
			e.Elem(wbxml.SettingsStatus, strings.Repeat("x", answerBuffer/2))
		}
		if err := a.fail(&command{}, 110); !errors.Is(err, errSent) {
			t.Errorf("fail = %v, want %v", err, errSent)
		}
		if rec.Header().Get("Content-Length") != "" || rec.Header().Get("Content-Encoding") != encoding {
			t.Errorf("header %v", rec.Header())
		}
	}
}

func TestEmptyAnswer(t *testing.T) {
	a, rec := newTestAnswer("gzip")
	must(t, a.finish())
	if rec.Code != 200 || rec.Body.Len() != 0 || rec.Header().Get("Content-Length") != "0" || rec.Header().Get("Content-Type") != "" || rec.Header().Get("Content-Encoding") != "" {
		t.Errorf("%d, %d bytes, %v", rec.Code, rec.Body.Len(), rec.Header())
	}
}

// TestBrokenAnswerIsCutOff: a client must not take half an answer for a whole one.
func TestBrokenAnswerIsCutOff(t *testing.T) {
	r := newRig(t)
	a, _ := newTestAnswer("")
	q := &request{http: httptest.NewRequest(http.MethodPost, "/", nil), log: r.Log, cmd: &command{}}
	e := a.encoder()
	e.Start(wbxml.SettingsSettings)
	for range 5 {
		e.Elem(wbxml.SettingsStatus, strings.Repeat("x", answerBuffer/2))
	}
	defer func() {
		if v := recover(); v != http.ErrAbortHandler {
			t.Errorf("recovered %v, want %v", v, http.ErrAbortHandler)
		}
	}()
	r.conclude(q, a, errors.New("broken"))
}

// TestKindStatus is what a phone hears of a store that cannot: 111 lets it keep what it has and try again,
// 110 would make it give up.
func TestKindStatus(t *testing.T) {
	q := &request{cmd: commandOf(Query{Command: "SendMail"}), version: V141}
	for kind, want := range map[store.Kind]int{
		store.Busy: statusRetryLater, store.Closed: statusRetryLater, store.Full: statusRetryLater,
		store.OverQuota: statusQuota, store.TooLarge: statusTooLarge, store.Internal: statusServerError,
	} {
		if got := q.status(fmt.Errorf("send: %w", kind)); got != want {
			t.Errorf("%v: status %d, want %d", kind, got, want)
		}
	}
}
