package mail

import (
	"bytes"
	"errors"
	"reflect"
	"testing"
	"time"
)

func TestSummaryCodec(t *testing.T) {
	full := &Summary{
		Size: 1 << 40, Lines: 7, Preview: "Hellö", Importance: ImportanceLow, ListID: "l", AutoSubmitted: "no", Precedence: "bulk",
		ContentClass: "c", ThreadTopic: "t", ThreadIndex: "i", ReceiptTo: []Address{{Local: "a"}}, ReceivedCount: 300,
		Flags: HasTNEF | HasDate, Report: Report{"delivery-status", "failed"}, Defects: []Defect{{DefectNUL, 1 << 33}},
		Envelope: Envelope{
			Date: time.Date(1969, 1, 2, 3, 4, 5, 0, time.FixedZone("", -5400)), RawDate: "x", Subject: "s", RawSubject: "=?",
			From:   []Address{{Kind: GroupStart, Name: "g"}, {Name: "n", RawName: "r", Local: "l", Domain: "d"}, {Kind: GroupEnd}},
			Sender: []Address{{Local: "s"}}, ReplyTo: []Address{{Local: "r"}}, To: []Address{{Local: "t"}}, Cc: []Address{{Local: "c"}},
			Bcc: []Address{{Local: "b"}}, InReplyTo: []string{"a", "b"}, MessageID: "m", References: []string{"c"},
		},
	}
	inner := &Part{Type: "text", Subtype: "plain", Encoding: "7bit"}
	virtual := &Part{Type: "image", Subtype: "x-odd", Encoding: "x-uuencode", Body: Span{5, 6}, DecodedSize: 4}
	full.Root = &Part{
		Header: Span{0, 10}, Body: Span{10, 20}, Lines: 3, Type: "message", Subtype: "rfc822", Params: []Param{{"charset", "utf-8"}, {"x", "y"}},
		WireParams: []Param{{"charset*", "z"}}, Encoding: "base64", DecodedSize: 15, Disposition: "inline",
		DispositionParams: []Param{{"filename", "a"}}, WireDispositionParams: []Param{{"filename*", "b"}}, ContentID: "i", Location: "l",
		Description: "d", Language: []string{"de"}, MD5: "5", Inline: true, Method: "REPLY", PartStat: "ACCEPTED",
		Message: &Message{Envelope: Envelope{Subject: "inner"}, Root: inner}, Virtual: []*Part{virtual},
	}
	inner.within, virtual.within = full.Root, full.Root
	assignIDs(full.Root, "")
	for _, s := range []*Summary{full, {}, {Root: &Part{Type: "multipart", Subtype: "mixed", Children: []*Part{{Type: "a"}, {Type: "b"}}}}} {
		assignIDs(s.Root, "")
		code, err := s.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		got, err := UnmarshalSummary(code)
		if err != nil || !reflect.DeepEqual(got, s) {
			t.Errorf("got %+v, %v\nwant %+v", got, err, s)
		}
		head, err := UnmarshalHead(code)
		if err != nil || head.Root != nil || !reflect.DeepEqual(head.Envelope, s.Envelope) || head.Preview != s.Preview {
			t.Errorf("head = %+v, %v", head, err)
		}
		for n := range code {
			if _, err := UnmarshalSummary(code[:n]); !errors.Is(err, ErrSummary) {
				t.Errorf("the first %d of %d bytes: %v, want ErrSummary", n, len(code), err)
			}
		}
		if _, err := UnmarshalSummary(append(bytes.Clone(code), 0)); !errors.Is(err, ErrSummary) {
			t.Errorf("a byte too many: %v, want ErrSummary", err)
		}
		if again, _ := s.AppendBinary([]byte("before")); string(again) != "before"+string(code) {
			t.Error("AppendBinary does not append")
		}
	}
}

// TestCodecWords: the words' numbers are part of the format.
func TestCodecWords(t *testing.T) {
	if len(codecWords) > codecWordsMax {
		t.Fatalf("%d words, room for %d", len(codecWords), codecWordsMax)
	}
	if len(codecIndex) != len(codecWords) {
		t.Error("a word stands there twice")
	}
	for word, want := range map[string]uint64{"": 0, "text": 1, "octet-stream": 11, "base64": 25, "charset": 28, "digest": 66} {
		if codecIndex[word] != want {
			t.Errorf("%q has number %d, want %d", word, codecIndex[word], want)
		}
	}
}

func TestUnmarshalRefuses(t *testing.T) {
	for _, data := range [][]byte{nil, {0}, {2, 0}, {1}, {1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}} {
		if _, err := UnmarshalSummary(data); !errors.Is(err, ErrSummary) {
			t.Errorf("UnmarshalSummary(%x): %v, want ErrSummary", data, err)
		}
	}
}

// TestDecodeAllocs: reading a summary stays cheap, since every listing does it.
func TestDecodeAllocs(t *testing.T) {
	s := parse(t, attachmentMail(5<<10))
	code, _ := s.MarshalBinary()
	if n := testing.AllocsPerRun(100, func() { _, _ = UnmarshalSummary(code) }); n > 12 {
		t.Errorf("UnmarshalSummary: %v allocations", n)
	}
}
