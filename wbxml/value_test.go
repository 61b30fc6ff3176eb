package wbxml

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// sized returns a document whose root holds one text and one opaque value of n bytes, and the value.
func sized(n int) (doc []byte, value string) {
	value = strings.Repeat("0123456789abcdef", n/16+1)[:n]
	var out bytes.Buffer
	e := NewEncoder(&out)
	e.Start(AirSyncBaseData)
	e.Text(value)
	e.Opaque([]byte(value))
	e.End()
	e.Close()
	return out.Bytes(), value
}

// TestValueSizes reads values around every border of the buffers, whole and in several ways.
func TestValueSizes(t *testing.T) {
	sizes := []int{1, firstBuffer - 8, firstBuffer - 1, firstBuffer, firstBuffer + 1, MaxData - 1, MaxData, MaxData + 1,
		secondBuffer - 1, secondBuffer, secondBuffer + 1, 10*MaxData + 7}
	for _, n := range sizes {
		doc, value := sized(n)
		for _, r := range []io.Reader{bytes.NewReader(doc), iotest.HalfReader(bytes.NewReader(doc)), iotest.OneByteReader(bytes.NewReader(doc))} {
			d := NewDecoder(r, Limits{})
			d.Next()
			for _, kind := range []Kind{Text, Opaque} {
				tok, err := d.Next()
				if err != nil || tok.Kind != kind || tok.Tag != AirSyncBaseData || (tok.Data == nil) != (n > MaxData) {
					t.Fatalf("size %d: %v with %d bytes, %v, want %v", n, tok.Kind, len(tok.Data), err, kind)
				}
				if tok.Data != nil && string(tok.Data) != value {
					t.Errorf("size %d: %v has another value", n, kind)
				}
				if err := iotest.TestReader(d.Value(), []byte(value)); err != nil {
					t.Errorf("size %d: %v: %v", n, kind, err)
				}
			}
			if tok, err := d.Next(); tok.Kind != End || err != nil {
				t.Errorf("size %d: %v, %v, want the end", n, tok.Kind, err)
			}
			if _, err := d.Next(); err != io.EOF || d.Offset() != int64(len(doc)) {
				t.Errorf("size %d: %v at %d, want EOF at %d", n, err, d.Offset(), len(doc))
			}
		}
	}
}

// TestValueAbandoned goes on after having read a part of a value, or nothing.
func TestValueAbandoned(t *testing.T) {
	for _, n := range []int{100, 10 * MaxData} {
		for _, read := range []int{0, 1, 50} {
			doc, value := sized(n)
			d := NewDecoder(bytes.NewReader(doc), Limits{})
			d.Next()
			var last io.Reader
			for range 2 {
				if _, err := d.Next(); err != nil {
					t.Fatal(err)
				}
				last = d.Value()
				got := make([]byte, read)
				if _, err := io.ReadFull(last, got); err != nil || string(got) != value[:read] {
					t.Errorf("size %d: %q, %v, want %q", n, got, err, value[:read])
				}
			}
			if tok, err := d.Next(); tok.Kind != End || err != nil {
				t.Errorf("size %d: %v, %v, want the end", n, tok.Kind, err)
			}
			if _, err := last.Read(make([]byte, 1)); err == nil || err == io.EOF {
				t.Errorf("size %d: a value left behind can still be read: %v", n, err)
			}
		}
	}
}

func TestValueLimits(t *testing.T) {
	doc, _ := sized(10 * MaxData)
	for name, tt := range map[string]struct {
		lim    Limits
		err    error
		offset int64
	}{
		"text beyond the limit of a string":   {Limits{String: 9 * MaxData}, ErrString, 0},
		"text beyond a short limit":           {Limits{String: 10}, ErrString, 7},
		"text beyond the limit of a document": {Limits{Total: 5 * MaxData}, ErrTotal, 5 * MaxData},
	} {
		_, err := readEvents(bytes.NewReader(doc), tt.lim)
		var syntax *SyntaxError
		if !errors.Is(err, tt.err) || !errors.As(err, &syntax) || tt.offset > 0 && syntax.Offset != tt.offset {
			t.Errorf("%s: %v, want %v at %d", name, err, tt.err, tt.offset)
		}
		d := NewDecoder(bytes.NewReader(doc), tt.lim)
		if d.Next(); !errors.Is(d.Skip(), tt.err) {
			t.Errorf("%s: skipping it: want %v", name, tt.err)
		}
	}
	if events, err := readEvents(bytes.NewReader(doc), Limits{String: 10 * MaxData}); err != nil || len(events) != 4 {
		t.Errorf("at the limit: %d events, %v, want 4 and no error", len(events), err)
	}
}

func TestContent(t *testing.T) {
	long := strings.Repeat("äöü€", MaxData)
	tests := []struct {
		name, dump, want string
	}{
		{"empty element", `AirSync:SyncKey`, ""},
		{"empty text", `AirSync:SyncKey ""`, ""},
		{"text", `AirSync:SyncKey "abc"`, "abc"},
		{"opaque", `AirSync:SyncKey x"616263"`, "abc"},
		{"several values", `AirSync:SyncKey "a" "b" x"63" "" "d"`, "abcd"},
		{"long text", `AirSync:SyncKey "` + long + `"`, long},
		{"long after short", `AirSync:SyncKey "a" "` + long + `" "b"`, "a" + long + "b"},
		{"child elements", "AirSync:SyncKey \"a\"\n    AirSync:Status \"7\"\n  \"b\"\n    AirSync:Class\n      AirSync:Class \"x\"\n  \"c\"", "abc"},
	}
	for _, tt := range tests {
		inner := strings.ReplaceAll(tt.dump, "\n  \"", "\n    \"")
		doc := undump(t, "AirSync:Sync\n  "+inner+"\n  AirSync:Status \"1\"\n")
		for how, read := range map[string]func(d *Decoder) (string, error){
			"TextContent": func(d *Decoder) (string, error) { return d.TextContent(0) },
			"at limit":    func(d *Decoder) (string, error) { return d.TextContent(int64(max(1, len(tt.want)))) },
			"AppendContent": func(d *Decoder) (string, error) {
				got, err := d.AppendContent([]byte(">"), int64(max(1, len(tt.want))))
				return strings.TrimPrefix(string(got), ">"), err
			},
			"Content": func(d *Decoder) (string, error) {
				got, err := io.ReadAll(d.Content())
				return string(got), err
			},
			"byte by byte": func(d *Decoder) (string, error) {
				got, err := io.ReadAll(iotest.OneByteReader(d.Content()))
				return string(got), err
			},
		} {
			d := NewDecoder(bytes.NewReader(doc), Limits{})
			d.Next()
			d.Next()
			got, err := read(d)
			if err != nil || got != tt.want {
				t.Errorf("%s, %s = %.100q, %v, want %.100q", tt.name, how, got, err, tt.want)
			}
			if tok, err := d.Next(); tok.Kind != Start || tok.Tag != AirSyncStatus || err != nil {
				t.Errorf("%s, %s: then %v %v, %v, want the next element", tt.name, how, tok.Kind, tok.Tag, err)
			}
		}
	}
}

func TestContentLimit(t *testing.T) {
	long := strings.Repeat("x", 3*MaxData)
	for _, dump := range []string{
		`AirSync:SyncKey "abcd"`, `AirSync:SyncKey "ab" "cd"`, `AirSync:SyncKey x"61626364"`, `AirSync:SyncKey "` + long + `"`,
	} {
		d := NewDecoder(bytes.NewReader(undump(t, dump)), Limits{})
		d.Next()
		got, err := d.TextContent(3)
		if !errors.Is(err, ErrString) || len(got) > 3 {
			t.Errorf("%.30s = %q, %v, want at most 3 bytes and %v", dump, got, err, ErrString)
		}
	}
}

// TestContentAbandoned leaves an element whose content was read in part.
func TestContentAbandoned(t *testing.T) {
	doc := undump(t, "AirSync:Sync\n  AirSync:SyncKey \"abc\" \"def\"\n  AirSync:Status \"1\"\n")
	d := NewDecoder(bytes.NewReader(doc), Limits{})
	d.Next()
	d.Next()
	if n, err := d.Content().Read(make([]byte, 2)); n != 2 || err != nil {
		t.Fatalf("read %d, %v, want 2", n, err)
	}
	if err := d.Skip(); err != nil {
		t.Fatal(err)
	}
	if tok, err := d.Next(); tok.Kind != Start || tok.Tag != AirSyncStatus || err != nil {
		t.Errorf("then %v %v, %v, want the next element", tok.Kind, tok.Tag, err)
	}
	r := d.Content()
	if got, err := io.ReadAll(r); string(got) != "1" || err != nil {
		t.Errorf("content %q, %v, want 1", got, err)
	}
	if n, err := r.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Errorf("after the end: %d, %v, want EOF", n, err)
	}
}
