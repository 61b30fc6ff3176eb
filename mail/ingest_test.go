package mail

import (
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/storetest"
)

const plainMessage = "From: Ann <ann@elsewhere.test>\r\nTo: bob@example.test\r\nSubject: Re: lunch\r\n" +
	"Message-ID: <2@elsewhere.test>\r\nReferences: <0@x.test> <1@x.test>\r\nIn-Reply-To: <1@x.test>\r\n\r\nmeet at the harbour\r\n"

func TestIngest(t *testing.T) {
	st := storetest.New(t)
	in, err := Ingest(t.Context(), st, strings.NewReader(plainMessage), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Blob.Release()
	if got, err := io.ReadAll(io.NewSectionReader(in.Blob, 0, in.Blob.Size())); err != nil || string(got) != plainMessage {
		t.Errorf("staged %q, %v", got, err)
	}
	item := in.Item
	if item.Class != store.Mail || item.Blob != in.Blob {
		t.Errorf("item %+v", item)
	}
	if r := item.Refs; r.MessageID != "2@elsewhere.test" || r.Subject != "lunch" || strings.Join(r.References, " ") != "0@x.test 1@x.test" {
		t.Errorf("refs %+v", r)
	}
	if x := item.Text; !strings.Contains(x.Body, "harbour") || !strings.Contains(x.From, "ann@elsewhere.test") || !strings.Contains(x.To, "bob@") {
		t.Errorf("text %+v", x)
	}
	if s, err := UnmarshalSummary(item.Summary); err != nil || s.Envelope.Subject != "Re: lunch" || s.Size != int64(len(plainMessage)) {
		t.Errorf("summary %+v, %v", s, err)
	}
}

func TestIngestLimit(t *testing.T) {
	st := storetest.New(t)
	size := int64(len(plainMessage))
	if in, err := Ingest(t.Context(), st, strings.NewReader(plainMessage), size); err != nil {
		t.Errorf("a message of exactly the limit: %v", err)
	} else {
		in.Blob.Release()
	}
	if _, err := Ingest(t.Context(), st, strings.NewReader(plainMessage), size-1); !errors.Is(err, store.TooLarge) {
		t.Errorf("one byte more than the limit: %v; want TooLarge", err)
	}
	if in, err := Ingest(t.Context(), st, strings.NewReader(""), 0); err != nil {
		t.Errorf("an empty message: %v", err)
	} else {
		in.Blob.Release()
	}
}

func TestIngestReadError(t *testing.T) {
	st := storetest.New(t)
	broken := errors.New("cable cut")
	r := io.MultiReader(strings.NewReader(plainMessage), errReader{broken})
	if _, err := Ingest(t.Context(), st, r, 1<<20); !errors.Is(err, broken) {
		t.Errorf("error %v; want the reader's", err)
	}
}

func TestIngestFromWriter(t *testing.T) {
	st := storetest.New(t)
	in, err := IngestFrom(t.Context(), st, 1<<20, func(w io.Writer) error {
		_, err := io.WriteString(w, plainMessage)
		return err
	})
	if err != nil || in.Blob.Size() != int64(len(plainMessage)) {
		t.Fatalf("IngestFrom = %+v, %v", in, err)
	}
	in.Blob.Release()
	broken := errors.New("no header")
	if _, err := IngestFrom(t.Context(), st, 1<<20, func(io.Writer) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("error %v; want the writer's", err)
	}
	if _, err := IngestFrom(t.Context(), st, 1<<20, func(io.Writer) error { panic("oops") }); err == nil || !strings.Contains(err.Error(), "oops") {
		t.Errorf("error %v; want the panic", err)
	}
	if _, err := IngestFrom(t.Context(), st, 10, func(w io.Writer) error {
		_, err := io.WriteString(w, plainMessage)
		return err
	}); !errors.Is(err, store.TooLarge) {
		t.Errorf("error %v; want TooLarge", err)
	}
}

type errReader struct{ err error }

func (e errReader) Read([]byte) (int, error) { return 0, e.err }

// A message of any size passes through bounded memory.
func TestIngestMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("50 MiB")
	}
	st := storetest.New(t)
	line := strings.Repeat("0123456789abcdef", 4) + "\r\n"
	const size = 50 << 20
	r := io.MultiReader(strings.NewReader("Subject: big\r\n\r\n"), io.LimitReader(repeater{line: line}.reader(), size))
	peak := &peakReader{r: r}
	in, err := Ingest(t.Context(), st, peak, size+100)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Blob.Release()
	if peak.highest > 30<<20 {
		t.Errorf("heap grew to %d MiB while a message of %d MiB passed", peak.highest>>20, size>>20)
	}
}

type repeater struct {
	line string
	pos  *int
}

func (r repeater) reader() io.Reader { r.pos = new(int); return r }

func (r repeater) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		k := copy(p[n:], r.line[*r.pos:])
		n += k
		*r.pos = (*r.pos + k) % len(r.line)
	}
	return n, nil
}

// peakReader samples the live heap while it is read.
type peakReader struct {
	r       io.Reader
	reads   int
	highest uint64
}

func (p *peakReader) Read(b []byte) (int, error) {
	if p.reads++; p.reads%500 == 0 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		p.highest = max(p.highest, m.HeapAlloc)
	}
	return p.r.Read(b)
}
