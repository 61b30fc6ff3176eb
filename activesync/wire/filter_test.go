package wire

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/gannetmail/gannet/wbxml"
)

func TestFilter(t *testing.T) {
	long := strings.Repeat("long ", 10_000)
	write := func(e *wbxml.Encoder) {
		e.Elem(wbxml.EmailSubject, "s")
		e.Start(wbxml.AirSyncBaseBody)
		e.Elem(wbxml.AirSyncBaseType, "1")
		e.Start(wbxml.AirSyncBaseData)
		e.TextFrom(strings.NewReader(long))
		e.End()
		e.End()
		e.Elem(wbxml.EmailFrom, "f")
		e.Start(wbxml.Email2ConversationId)
		e.Opaque([]byte{1, 2})
		e.End()
		e.Empty(wbxml.EmailFlag)
	}
	run := func(schema []wbxml.Tag) string {
		var out, text bytes.Buffer
		e := wbxml.NewEncoder(&out)
		e.Start(wbxml.ItemOperationsProperties)
		Filter(e, schema, write)
		e.End()
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
		if err := wbxml.Dump(&text, &out, wbxml.DumpOptions{}); err != nil {
			t.Fatal(err)
		}
		return text.String()
	}
	got := run([]wbxml.Tag{wbxml.EmailBody, wbxml.Email2ConversationId, wbxml.EmailFlag})
	want := "ItemOperations:Properties\n  AirSyncBase:Body\n    AirSyncBase:Type \"1\"\n    AirSyncBase:Data \"" + long +
		"\"\n  Email2:ConversationId x\"0102\"\n  Email:Flag\n"
	if got != want {
		t.Errorf("got %.300s\nwant %.300s", got, want)
	}
	if all := run(nil); !strings.Contains(all, "Subject") || !strings.Contains(all, "From") {
		t.Errorf("without schema: %.300s", all)
	}
	if all := run([]wbxml.Tag{}); all != run(nil) {
		t.Errorf("empty schema: %.300s", all)
	}
}

func TestFilterPassesErrorsOn(t *testing.T) {
	broken := errors.New("broken")
	e := wbxml.NewEncoder(io.Discard)
	e.Start(wbxml.ItemOperationsProperties)
	Filter(e, []wbxml.Tag{wbxml.EmailSubject}, func(e *wbxml.Encoder) {
		e.Start(wbxml.EmailSubject)
		e.TextFrom(&failing{broken})
		e.End()
	})
	if err := e.Err(); !errors.Is(err, broken) {
		t.Errorf("Err() = %v, want %v", err, broken)
	}
}

// TestFilterLongBody passes a body that no request may have.
func TestFilterLongBody(t *testing.T) {
	size := wbxml.DefaultLimits().Total + 1
	e := wbxml.NewEncoder(io.Discard)
	e.Start(wbxml.ItemOperationsProperties)
	Filter(e, []wbxml.Tag{wbxml.AirSyncBaseData}, func(e *wbxml.Encoder) {
		e.Start(wbxml.AirSyncBaseData)
		e.TextFrom(io.LimitReader(letters{}, size))
		e.End()
	})
	if err := e.Err(); err != nil || e.BytesWritten() < size {
		t.Errorf("%d bytes, %v; want %d", e.BytesWritten(), err, size)
	}
}

// letters is text without end.
type letters struct{}

func (letters) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

// TestFilterPassesPanicsOn: what breaks a handler must be caught by that handler, not end the server.
func TestFilterPassesPanicsOn(t *testing.T) {
	e := wbxml.NewEncoder(io.Discard)
	e.Start(wbxml.ItemOperationsProperties)
	defer func() {
		if v := recover(); v != "hostile message" {
			t.Errorf("recovered %v", v)
		}
		if e.Err() == nil {
			t.Error("the answer looks complete")
		}
	}()
	Filter(e, []wbxml.Tag{wbxml.EmailSubject}, func(e *wbxml.Encoder) {
		e.Elem(wbxml.EmailSubject, "s")
		panic("hostile message")
	})
}
