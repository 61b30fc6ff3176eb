package activesync

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/wbxml"
)

// withFile is a message with a file of 26 bytes.
const withFile = `From: Otto <otto@example.test>
To: rita@example.test
Subject: The file
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain; charset=utf-8

See there.
--b
Content-Type: application/x-letters
Content-Disposition: attachment; filename="letters.bin"
Content-Transfer-Encoding: base64

YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXo=
--b--
`

const letters = "abcdefghijklmnopqrstuvwxyz"

func fetchDoc(fetches ...string) string {
	return "ItemOperations:ItemOperations\n  ItemOperations:Fetch\n" + strings.Join(fetches, "  ItemOperations:Fetch\n")
}

func fetchFile(reference, span string) string {
	s := fmt.Sprintf("    ItemOperations:Store \"Mailbox\"\n    AirSyncBase:FileReference %q\n", reference)
	if span != "" {
		s += fmt.Sprintf("    ItemOperations:Options\n      ItemOperations:Range %q\n", span)
	}
	return s
}

func fetchItem(r store.Record, options string) string {
	return fmt.Sprintf("    ItemOperations:Store \"mailbox\"\n    AirSync:CollectionId %q\n    AirSync:ServerId %q\n%s",
		collectionID(r.Collection), itemID(r.Collection, r.UID), options)
}

func TestFetchFile(t *testing.T) {
	r := newRig(t)
	r.needs(V120)
	ref := fileReference(r.deliver(store.Inbox, withFile).Item.ID, "2")
	tests := []struct {
		name, reference, span string
		status, data, ranged  string
	}{
		{"whole", ref, "", "1", letters, ""},
		{"piece", ref, "2-4", "1", "cde", "2-4"},
		{"one byte", ref, "0-0", "1", "a", "0-0"},
		{"more than there is", ref, "20-999", "1", "uvwxyz", "20-25"},
		{"behind the end", ref, "26-30", "8", "", ""},
		{"backwards", ref, "4-2", "8", "", ""},
		{"no range", ref, "all", "8", "", ""},
		{"empty reference", "", "", "15", "", ""},
		{"no such part", ref + "9", "", "15", "", ""},
		{"no such item", "i999:2", "", "15", "", ""},
		{"rubbish", "../../etc/passwd", "", "15", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := r.do(call{cmd: "ItemOperations", body: fetchDoc(fetchFile(tt.reference, tt.span))})
			_, fetched, _ := strings.Cut(a.dump, "ItemOperations:Fetch\n")
			a.dump = fetched
			data, err := base64.StdEncoding.DecodeString(a.value("ItemOperations:Data"))
			if err != nil || string(data) != tt.data || a.value("ItemOperations:Status") != tt.status || a.value("ItemOperations:Range") != tt.ranged {
				t.Errorf("%q, want %q, status %s, range %q\n%s", data, tt.data, tt.status, tt.ranged, a.dump)
			}
			if a.has("ItemOperations:Total") != (tt.ranged != "") {
				t.Errorf("Total must come with Range:\n%s", a.dump)
			}
			if tt.status == "1" && a.value("AirSyncBase:ContentType") != "application/x-letters" {
				t.Errorf("type %q", a.value("AirSyncBase:ContentType"))
			}
		})
	}
}

// TestFetchForeign asks for what is otto's.
func TestFetchForeign(t *testing.T) {
	r := newRig(t)
	r.needs(V120)
	rec := r.deliver(store.Inbox, withFile)
	theirs := call{cmd: "ItemOperations", user: otto, body: fetchDoc(
		fetchFile(fileReference(rec.Item.ID, "2"), ""), fetchItem(rec, ""), fmt.Sprintf("    ItemOperations:Store \"Mailbox\"\n    Search:LongId %q\n", longID(rec.Item.ID)))}
	a := r.do(theirs)
	var statuses []string
	for line := range strings.Lines(a.dump) {
		if _, s, ok := strings.Cut(line, "ItemOperations:Status "); ok {
			statuses = append(statuses, strings.Trim(s, "\"\n"))
		}
	}
	if got := strings.Join(statuses, " "); got != "1 15 6 6" {
		t.Errorf("statuses %s, want 1 15 6 6\n%s", got, a.dump)
	}
	if a.has("ItemOperations:Properties") {
		t.Errorf("something was told:\n%s", a.dump)
	}
}

func TestFetchItem(t *testing.T) {
	once(t)
	const text = "    ItemOperations:Options\n      AirSyncBase:BodyPreference\n        AirSyncBase:Type \"1\"\n"
	for _, version := range AllVersions {
		if version < V120 {
			continue
		}
		t.Run(version.String(), func(t *testing.T) {
			r := newRig(t)
			rec := r.deliver(store.Inbox, withFile)
			a := r.do(call{cmd: "ItemOperations", version: version, body: fetchDoc(fetchItem(rec, text))})
			for name, want := range map[string]string{
				"AirSync:ServerId": itemID(rec.Collection, rec.UID), "AirSync:Class": "Email",
				"Email:Subject": "The file", "AirSyncBase:FileReference": fileReference(rec.Item.ID, "2"),
			} {
				if got := a.value(name); got != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
			if !strings.HasPrefix(a.value("AirSyncBase:Data"), "See there.") {
				t.Errorf("body:\n%s", a.dump)
			}
			if r.records(store.Inbox)[0].Item.Flags&store.Seen != 0 {
				t.Error("fetching has marked the message read")
			}
			byLong := fmt.Sprintf("    ItemOperations:Store \"Mailbox\"\n    Search:LongId %q\n", longID(rec.Item.ID))
			if a := r.do(call{cmd: "ItemOperations", version: version, body: fetchDoc(byLong)}); a.value("Email:Subject") != "The file" || a.has("AirSync:ServerId") {
				t.Errorf("by LongId:\n%s", a.dump)
			}
		})
	}
}

func TestFetchSchema(t *testing.T) {
	r := newRig(t)
	r.needs(V120)
	rec := r.deliver(store.Inbox, withFile)
	a := r.do(call{cmd: "ItemOperations", body: fetchDoc(fetchItem(rec, "    ItemOperations:Options\n      ItemOperations:Schema\n        Email:Subject\n        AirSyncBase:Body\n"))})
	if !a.has("Email:Subject") || !a.has("AirSyncBase:Data") || a.has("Email:From") || a.has("AirSyncBase:Attachments") {
		t.Errorf("\n%s", a.dump)
	}
}

func TestFetchMultipart(t *testing.T) {
	r := newRig(t)
	r.needs(V120)
	rec := r.deliver(store.Inbox, withFile)
	body := fetchDoc(fetchFile(fileReference(rec.Item.ID, "2"), ""), fetchItem(rec, ""), fetchFile(fileReference(rec.Item.ID, "2"), "1-2"))
	for name, c := range map[string]call{
		"by header": {header: map[string]string{"MS-ASAcceptMultiPart": "T", "Accept-Encoding": "gzip"}},
		"by option": {query: url.Values{}},
	} {
		t.Run(name, func(t *testing.T) {
			c.cmd, c.body = "ItemOperations", body
			req := r.request(c)
			if c.query != nil {
				req.URL.RawQuery = b64("\x8d\x13\x09\x04", "\x02d1", "\x00", "\x02SP", "\x07\x01\x02")
			}
			a := r.send(req)
			if a.header.Get("Content-Type") != typeMultipart || a.header.Get("Content-Length") != fmt.Sprint(len(a.body)) {
				t.Fatalf("%d %v", a.code, a.header)
			}
			parts := splitParts(t, a.body)
			if len(parts) != 4 || string(parts[1]) != letters || !strings.HasPrefix(string(parts[2]), "See there.") || string(parts[3]) != "bc" {
				t.Errorf("parts %q", parts)
			}
			var dump strings.Builder
			must(t, wbxml.Dump(&dump, bytes.NewReader(parts[0]), wbxml.DumpOptions{}))
			if n := strings.Count(dump.String(), "ItemOperations:Part"); n != 3 || strings.Contains(dump.String(), "Data \"") {
				t.Errorf("document:\n%s", dump.String())
			}
		})
	}
}

func splitParts(t *testing.T, b []byte) (parts [][]byte) {
	t.Helper()
	n := int(binary.LittleEndian.Uint32(b))
	for i := range n {
		at, size := binary.LittleEndian.Uint32(b[4+8*i:]), binary.LittleEndian.Uint32(b[8+8*i:])
		parts = append(parts, b[at:at+size])
	}
	return parts
}

func TestFetchErrors(t *testing.T) {
	r := newRig(t)
	r.needs(V120)
	rec := r.deliver(store.Inbox, withFile)
	both := fetchItem(rec, "") + "    Search:LongId \"L1\"\n"
	tests := map[string]struct{ fetch, status string }{
		"gone":             {"    ItemOperations:Store \"Mailbox\"\n    AirSync:CollectionId \"c1\"\n    AirSync:ServerId \"c1:77\"\n", "6"},
		"wrong folder":     {strings.Replace(fetchItem(rec, ""), "CollectionId \"c", "CollectionId \"c9", 1), "6"},
		"named twice":      {both, "2"},
		"named not at all": {"    ItemOperations:Store \"Mailbox\"\n", "2"},
		"documents":        {"    ItemOperations:Store \"DocumentLibrary\"\n    DocumentLibrary:LinkId \"\\\\\\\\server\\\\share\"\n", "9"},
		"unknown store":    {"    ItemOperations:Store \"Fridge\"\n    Search:LongId \"L1\"\n", "9"},
		"no LongId":        {"    ItemOperations:Store \"Mailbox\"\n    Search:LongId \"1e2\"\n", "6"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			a := r.do(call{cmd: "ItemOperations", body: fetchDoc(tt.fetch)})
			_, fetched, _ := strings.Cut(a.dump, "ItemOperations:Fetch\n")
			if got := (reply{dump: fetched}).value("ItemOperations:Status"); got != tt.status {
				t.Errorf("status %s, want %s\n%s", got, tt.status, a.dump)
			}
		})
	}
	many := fetchDoc(slicesRepeat(fetchItem(rec, ""), 101)...)
	if a := r.do(call{cmd: "ItemOperations", body: many}); a.value("ItemOperations:Status") != "11" {
		t.Errorf("too many operations: %.200s", a.dump)
	}
}

func slicesRepeat(s string, n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = s
	}
	return list
}

func TestFetchOwnKeepsBcc(t *testing.T) {
	r := newRig(t)
	secret := "From: rita@example.org\r\nTo: bo@example.org\r\nBcc: boss@example.org\r\nSubject: s\r\n\r\nx\r\n"
	for role, want := range map[store.Role]bool{store.Sent: true, store.Inbox: false} {
		m := r.deliver(role, secret)
		body := fmt.Sprintf("ItemOperations:ItemOperations\n  ItemOperations:Fetch\n    ItemOperations:Store \"Mailbox\"\n    AirSync:CollectionId %q\n    AirSync:ServerId %q\n"+
			"    ItemOperations:Options\n      AirSync:MIMESupport \"2\"\n      AirSyncBase:BodyPreference\n        AirSyncBase:Type \"4\"\n",
			collectionID(m.Collection), itemID(m.Collection, m.UID))
		for _, version := range []Version{V120, V121, V140, V141, V160, V161} {
			a := r.do(call{cmd: "ItemOperations", version: version, body: body})
			if got := strings.Contains(a.dump, "boss@"); got != want {
				t.Errorf("%v, %s: Bcc is shown: %v\n%s", version, role, got, a.dump)
			}
		}
	}
}

func TestEmptyFolder(t *testing.T) {
	r := newRig(t)
	r.needs(V120)
	trash := r.folder(store.Trash)
	var sub, below store.Collection
	fill := func() {
		must(t, r.st.Update(t.Context(), r.rita.ID, func(tx store.Tx) (err error) {
			sub, err = tx.CreateCollection(store.Collection{Parent: trash.ID, Name: "sub", Class: store.Mail})
			must(t, err)
			below, err = tx.CreateCollection(store.Collection{Parent: sub.ID, Name: "below", Class: store.Mail})
			return err
		}))
	}
	fill()
	first := r.deliver(store.Trash, lunch)
	must(t, r.st.Update(t.Context(), r.rita.ID, func(tx store.Tx) error {
		for range 2*emptyBatch + 1 {
			if _, err := tx.Copy(first.Collection, first.UID, trash.ID); err != nil {
				return err
			}
		}
		_, err := tx.Copy(first.Collection, first.UID, below.ID)
		return err
	}))
	doc := func(id, options string) string {
		return fmt.Sprintf("ItemOperations:ItemOperations\n  ItemOperations:EmptyFolderContents\n    AirSync:CollectionId %q\n%s", id, options)
	}
	status := func(body string) string {
		_, answer, _ := strings.Cut(r.do(call{cmd: "ItemOperations", body: body}).dump, "EmptyFolderContents\n")
		return reply{dump: answer}.value("ItemOperations:Status")
	}
	collection := func(id store.CollectionID) (c store.Collection, err error) {
		err = r.st.View(t.Context(), r.rita.ID, func(tx store.Reader) (err error) {
			c, err = tx.Collection(id)
			return err
		})
		return c, err
	}
	if got := status(doc(collectionID(trash.ID), "")); got != "1" {
		t.Errorf("status %s", got)
	}
	if c, _ := collection(trash.ID); c.Total != 0 {
		t.Errorf("%d left", c.Total)
	}
	if c, err := collection(below.ID); err != nil || c.Total != 1 {
		t.Errorf("folder below: %d, %v", c.Total, err)
	}
	if got := status(doc(collectionID(trash.ID), "    ItemOperations:Options\n      ItemOperations:DeleteSubFolders\n")); got != "1" {
		t.Errorf("with folders: status %s", got)
	}
	for _, id := range []store.CollectionID{sub.ID, below.ID} {
		if _, err := collection(id); !isGone(err) {
			t.Errorf("folder %d is still there: %v", id, err)
		}
	}
	for _, id := range []string{"c999", r.hiddenCalendar()} {
		if got := status(doc(id, "")); got != "6" {
			t.Errorf("folder %s, which is not shown: status %s", id, got)
		}
	}
}

func TestGetAttachment(t *testing.T) {
	r := newRig(t)
	ref := fileReference(r.deliver(store.Inbox, withFile).Item.ID, "2")
	for _, version := range []Version{V25, V120, V121} {
		a := r.do(call{cmd: "GetAttachment", version: version, query: url.Values{"AttachmentName": {ref}}})
		if a.code != 200 || string(a.body) != letters || a.header.Get("Content-Type") != "application/x-letters" || a.header.Get("Content-Length") != "26" {
			t.Errorf("%v: %d %v %q", version, a.code, a.header, a.body)
		}
		if a.header.Get("Content-Disposition") != "attachment" || a.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%v: a browser would show it: %v", version, a.header)
		}
	}
	for _, name := range []string{"", "i999:1", "rubbish"} {
		if a := r.do(call{cmd: "GetAttachment", version: V121, query: url.Values{"AttachmentName": {name}}}); a.code != 500 {
			t.Errorf("%q: %d, want 500", name, a.code)
		}
	}
	if a := r.do(call{cmd: "GetAttachment", version: V121, user: otto, query: url.Values{"AttachmentName": {ref}}}); a.code != 500 {
		t.Errorf("somebody else's: %d, want 500", a.code)
	}
}

// TestLargeAnswer fetches a file that is longer than what an answer holds back.
func TestLargeAnswer(t *testing.T) {
	r := newRig(t)
	r.needs(V120)
	data := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	message := strings.Replace(withFile, "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXo=", base64.StdEncoding.EncodeToString(data), 1)
	ref := fileReference(r.deliver(store.Inbox, message).Item.ID, "2")
	a := r.do(call{cmd: "ItemOperations", body: fetchDoc(fetchFile(ref, ""))})
	got, err := base64.StdEncoding.DecodeString(a.value("ItemOperations:Data"))
	if err != nil || !bytes.Equal(got, data) {
		t.Errorf("%d bytes, %v; want %d", len(got), err, len(data))
	}
	if zipped := r.do(call{cmd: "ItemOperations", body: fetchDoc(fetchFile(ref, "")), header: map[string]string{"Accept-Encoding": "gzip"}}); zipped.header.Get("Content-Encoding") != "gzip" || len(zipped.body) > len(data)/10 {
		t.Errorf("compressed to %d bytes, %v", len(zipped.body), zipped.header)
	}
}
