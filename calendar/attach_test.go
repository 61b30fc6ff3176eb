package calendar

import (
	"bytes"
	"strings"
	"testing"
)

// TestFiles takes the files out of an object for a message and puts them back from its parts.
func TestFiles(t *testing.T) {
	const text = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Test//EN\nBEGIN:VEVENT\nUID:u1\nDTSTAMP:20260101T000000Z\nDTSTART:20260901T080000Z\n" +
		"ATTACH;FMTTYPE=text/plain;ENCODING=BASE64;VALUE=BINARY;FILENAME=plan.txt:cGxhbg==\nATTACH:https://example.org/plan\n" +
		"ATTACH;VALUE=BINARY;ENCODING=BASE64:%%%\nEND:VEVENT\n" +
		"BEGIN:VEVENT\nUID:u1\nDTSTAMP:20260101T000000Z\nRECURRENCE-ID:20260901T080000Z\nDTSTART:20260901T090000Z\n" +
		"ATTACH;VALUE=BINARY;ENCODING=BASE64;X-FILENAME=plan.txt:cGxhbg\nATTACH;ENCODING=BASE64;VALUE=BINARY;FILENAME=plan.txt:cGxhbg==\nEND:VEVENT\nEND:VCALENDAR\n"
	o, _, err := ReadObject(text)
	if err != nil {
		t.Fatal(err)
	}
	files := o.Files()
	if len(files) != 2 || files[0].Name != "plan.txt" || files[0].Type != "text/plain" || files[0].Size() != 4 {
		t.Fatalf("%+v", files)
	}
	sent := o.Clone()
	taken := sent.TakeFiles("mx.example.test")
	out := string(sent.Bytes())
	if len(taken) != 1 || strings.Contains(out, "cGxhbg") || strings.Count(strings.ReplaceAll(out, "\r\n ", ""), ":cid:"+taken[0].CID) != 3 || !strings.Contains(out, "%%%") {
		t.Errorf("%+v\n%s", taken, out)
	}
	back, _, err := ReadObject(out)
	if err != nil {
		t.Fatal(err)
	}
	back.PutFiles(func(cid string) ([]byte, string, string, bool) {
		for _, f := range taken {
			if f.CID == cid {
				content, err := f.Content()
				return content, "other", "image/png", err == nil
			}
		}
		return nil, "", "", false
	})
	again := back.Files()
	if len(again) != 2 {
		t.Fatalf("%+v\n%s", again, back.Bytes())
	}
	for _, f := range again[:1] {
		if content, err := f.Content(); err != nil || !bytes.Equal(content, []byte("plan")) || f.Name != "plan.txt" {
			t.Errorf("%+v: %q, %v", f, content, err)
		}
	}
}
