package activesync

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/wbxml"
)

// TestDraftStory sends the requests of testdata/drafts/story.txtar, at the versions that have drafts, and
// compares the answers.
func TestDraftStory(t *testing.T) {
	const path = "testdata/drafts/story.txtar"
	archive, err := txtar.ParseFile(path)
	must(t, err)
	for _, version := range []Version{V160, V161} {
		r := newRig(t)
		drafts := collectionID(r.folder(store.Drafts).ID)
		keys := map[string]string{}
		got := &txtar.Archive{Comment: archive.Comment}
		for _, f := range archive.Files {
			device, request := strings.CutSuffix(f.Name, " request")
			if !request {
				continue
			}
			r.clock = r.clock.Add(time.Minute)
			c := call{version: version, device: device}
			if keys[device] == "" {
				keys[device] = r.prime(t, c, drafts)
			}
			c.body = strings.NewReplacer("KEY", keys[device], "DRAFTS", drafts).Replace(string(f.Data))
			a := r.sync(t, c)
			text := a.dump
			if len(a.body) > 0 {
				text = strings.NewReplacer(strconv.Quote(a.key()), `"KEY"`, strconv.Quote(drafts), `"DRAFTS"`, drafts+":", "DRAFTS:").Replace(text)
				keys[device] = a.key()
			}
			got.Files = append(got.Files, f, txtar.File{Name: device + " answer", Data: []byte(text)})
		}
		if *update {
			must(t, os.WriteFile(path, txtar.Format(got), 0o644))
			return
		}
		if a, b := string(txtar.Format(got)), string(txtar.Format(archive)); a != b {
			t.Errorf("%s: got\n%s", version, a)
		}
		if n := len(r.queued()); n != 4 {
			t.Errorf("%s: %d recipients, want 4", version, n)
		}
	}
}

// A draftRig is a rig with the devices of one account that have Drafts in common.
type draftRig struct {
	*rig
	t      *testing.T
	folder string
	keys   map[string]string
}

func newDraftRig(t *testing.T) *draftRig {
	r := newRig(t)
	return &draftRig{rig: r, t: t, folder: collectionID(r.folder(store.Drafts).ID), keys: map[string]string{}}
}

// ask sends commands from a device and takes no notice of the answer, as if it were lost.
func (d *draftRig) ask(device string, commands ...string) syncReply {
	d.t.Helper()
	c := call{version: V161, device: device}
	if d.keys[device] == "" {
		d.keys[device] = d.prime(d.t, c, d.folder)
	}
	var inside []string
	if len(commands) > 0 {
		inside = append([]string{"AirSync:Commands"}, commands...)
	}
	c.body = syncOne(d.folder, d.keys[device], inside)
	return d.sync(d.t, c)
}

// told is ask with an answer that comes through.
func (d *draftRig) told(device string, commands ...string) syncReply {
	d.t.Helper()
	a := d.ask(device, commands...)
	if len(a.body) > 0 {
		d.keys[device] = a.key()
	}
	return a
}

func addLines(client string, data ...string) []string {
	list := []string{">AirSync:Add", ">>AirSync:ClientId " + strconv.Quote(client), ">>AirSync:ApplicationData"}
	return append(list, deeper(data)...)
}

func changeLines(id string, data ...string) []string {
	list := []string{">AirSync:Change", ">>AirSync:ServerId " + strconv.Quote(id), ">>AirSync:ApplicationData"}
	return append(list, deeper(data)...)
}

func deeper(data []string) []string {
	list := make([]string, len(data))
	for i, l := range data {
		list[i] = ">>>" + l
	}
	return list
}

func textLines(kind int, text string) []string {
	return []string{"AirSyncBase:Body", fmt.Sprintf(">AirSyncBase:Type %q", strconv.Itoa(kind)), ">AirSyncBase:Data " + strconv.Quote(text)}
}

func fileLines(client, name, content string) []string {
	return []string{"AirSyncBase:Attachments", ">AirSyncBase:Add", ">>AirSyncBase:ClientId " + strconv.Quote(client),
		">>AirSyncBase:DisplayName " + strconv.Quote(name), ">>AirSyncBase:Content " + strconv.Quote(content)}
}

// one returns the only response, and its status.
func (a syncReply) one(t *testing.T) (*node, string) {
	t.Helper()
	all := a.c.at("AirSync:Responses")
	if all == nil || len(all.kids) != 1 {
		t.Fatalf("not one response:\n%s", a.dump)
	}
	return all.kids[0], all.kids[0].get("AirSync:Status")
}

// subjects lists the subjects of a folder's messages.
func (d *draftRig) subjects(role store.Role) []string {
	d.t.Helper()
	var list []string
	for _, rec := range d.records(role) {
		s, err := mail.UnmarshalSummary(rec.Item.Summary)
		must(d.t, err)
		list = append(list, s.Envelope.Subject)
	}
	return list
}

// TestDraftAddVersions: an Add of mail is status 6, but for drafts from 16.0 on.
func TestDraftAddVersions(t *testing.T) {
	once(t)
	for _, v := range AllVersions {
		for _, role := range []store.Role{store.Drafts, store.Inbox} {
			r := newRig(t)
			folder := collectionID(r.folder(role).ID)
			key := r.prime(t, call{version: v}, folder)
			body := syncOne(folder, key, append([]string{"AirSync:Commands"}, addLines("n1", `Email:Subject "s"`)...))
			a := r.sync(t, call{version: v, body: body})
			want, held := "6", 0
			if v >= V160 && role == store.Drafts {
				want, held = "1", 1
			}
			response, status := a.one(t)
			if status != want || len(r.records(role)) != held || (response.get("AirSync:ServerId") != "") != (want == "1") {
				t.Errorf("%s, %s: status %s, %d messages\n%s", v, role, status, len(r.records(role)), a.dump)
			}
		}
	}
}

// TestDraftStored looks at what an Add leaves in the store.
func TestDraftStored(t *testing.T) {
	d := newDraftRig(t)
	a := d.told("phone1", addLines("n1", append(textLines(2, "<b>Grüße</b>"), `Email:To "half a na"`, `Email:Subject "Grüße"`, `Email:Read "0"`)...)...)
	if _, status := a.one(t); status != "1" || len(a.commands("Add"))+len(a.commands("Change")) != 0 {
		t.Fatalf("answer:\n%s", a.dump)
	}
	rec := d.records(store.Drafts)[0]
	if rec.Item.Flags != store.Draft {
		t.Errorf("flags %b", rec.Item.Flags)
	}
	raw := d.bytes(rec.Item.Blob)
	for _, want := range []string{"From: \"Rita\" <rita@example.test>\r\n", "To: \"half a na\"\r\n", "Date: Sat, 22 Aug 2026", "@mx.example.test>\r\n", "<b>Gr=C3=BC=C3=9Fe</b>"} {
		if !strings.Contains(raw, want) {
			t.Errorf("%q is missing in\n%s", want, raw)
		}
	}
	if b := d.told("phone1"); len(b.body) != 0 {
		t.Errorf("the device is told of its own draft:\n%s", b.dump)
	}
}

const wholeDraft = "From: Rita <rita@example.test>\r\nTo: otto@example.test\r\nBcc: eve@outside.test\r\nSubject: whole\r\n" +
	"Message-ID: <whole@phone>\r\nX-Phone: keeps\r\nContent-Type: text/plain\r\n\r\nwords\r\n"

// TestDraftWhole is a draft that comes as a message: it is kept to the byte, and sent once even by a device
// that starts over.
func TestDraftWhole(t *testing.T) {
	d := newDraftRig(t)
	_, status := d.told("phone1", addLines("n1", textLines(4, wholeDraft)...)...).one(t)
	rec := d.records(store.Drafts)[0]
	if raw := d.bytes(rec.Item.Blob); status != "1" || raw != wholeDraft {
		t.Errorf("status %s, stored\n%s", status, raw)
	}
	changed := strings.Replace(wholeDraft, "whole\r\n", "changed\r\n", 1)
	id := itemID(rec.Collection, rec.UID)
	d.told("phone1", changeLines(id, append(append(textLines(4, changed), `Email:Importance "0"`), fileLines("f", "a.bin", "abc")...)...)...)
	raw := d.bytes(d.records(store.Drafts)[0].Item.Blob)
	if !strings.Contains(raw, "X-Phone: keeps") || !strings.Contains(raw, "Importance: low") || !strings.Contains(raw, "YWJj") || !strings.Contains(raw, "Subject: changed") {
		t.Errorf("with a file:\n%s", raw)
	}
	send := addLines("n2", append(textLines(4, wholeDraft), "Email2:Send")...)
	d.told("phone1", send...)
	d.keys["phone1"] = ""
	a := d.told("phone1")
	if _, status := d.told("phone1", send...).one(t); status != "1" {
		t.Errorf("started over:\n%s", a.dump)
	}
	if n := len(d.queued()); n != 2 || len(d.records(store.Sent)) != 1 {
		t.Errorf("%d recipients, %d copies in Sent", n, len(d.records(store.Sent)))
	}
	if sent := d.bytes(d.records(store.Sent)[0].Item.Blob); !strings.Contains(sent, "Bcc: eve@") {
		t.Errorf("the copy has no Bcc:\n%s", sent)
	}
	if out := d.bytes(d.queued()[0].Blob); strings.Contains(out, "Bcc") || strings.Contains(out, "eve@") {
		t.Errorf("Bcc went out:\n%s", out)
	}
	for _, bad := range [][]string{textLines(3, "rtf"), append(textLines(4, "no header at all"), "Email2:Send")} {
		if a := d.told("phone1", addLines("n3", bad...)...); a.c.at("AirSync:Responses").kids[0].get("AirSync:Status") != "6" {
			t.Errorf("%q:\n%s", bad, a.dump)
		}
	}
}

// TestDraftLostAnswers repeats requests with one key: a ClientId is one draft, and a message goes out once.
func TestDraftLostAnswers(t *testing.T) {
	d := newDraftRig(t)
	first := addLines("n1", append(fileLines("f1", "a.txt", "a"), `Email:Subject "one"`)...)
	a, b := d.ask("phone1", first...), d.ask("phone1", first...)
	if a.dump != b.dump || !a.has("AirSyncBase:FileReference") || len(d.subjects(store.Drafts)) != 1 {
		t.Fatalf("repeated:\n%s\nfirst:\n%s", b.dump, a.dump)
	}
	id := a.c.get("AirSync:Responses", "AirSync:Add", "AirSync:ServerId")
	c := d.ask("phone1", addLines("n1", `Email:Subject "two"`)...)
	if r, status := c.one(t); status != "1" || r.get("AirSync:ServerId") != id || !slices.Equal(d.subjects(store.Drafts), []string{"two"}) {
		t.Errorf("with other content: %q\n%s", d.subjects(store.Drafts), c.dump)
	}
	send := addLines("n1", `Email:Subject "three"`, `Email:To "otto@example.test"`, "Email2:Send")
	for range 3 {
		c = d.ask("phone1", send...)
		if r, status := c.one(t); status != "1" || r.get("AirSync:ServerId") != id || len(c.commands("Delete")) != 1 {
			t.Errorf("sent:\n%s", c.dump)
		}
	}
	c = d.ask("phone1", addLines("n1", `Email:Subject "four"`, `Email:To "otto@example.test"`, "Email2:Send")...)
	if n := len(d.queued()); n != 1 || !slices.Equal(d.subjects(store.Sent), []string{"three"}) || len(d.records(store.Drafts)) != 0 {
		t.Errorf("%d recipients, Sent %q, %d drafts\n%s", n, d.subjects(store.Sent), len(d.records(store.Drafts)), c.dump)
	}
	d.told("phone1", send...)
	if e := d.told("phone1"); len(e.body) != 0 {
		t.Errorf("more to tell:\n%s", e.dump)
	}
	d.told("phone1", addLines("n1", `Email:Subject "five"`)...)
	if !slices.Equal(d.subjects(store.Drafts), []string{"five"}) {
		t.Errorf("a ClientId used again later: %q", d.subjects(store.Drafts))
	}
}

// TestDraftSendChange sends a draft by a Change, whose answer is lost, and refuses recipients that are none.
func TestDraftSendChange(t *testing.T) {
	d := newDraftRig(t)
	r, _ := d.told("phone1", addLines("n1", append(textLines(1, "hi"), `Email:Subject "s"`, `Email:To "otto@example.test; bo"`)...)...).one(t)
	id := r.get("AirSync:ServerId")
	for _, to := range []string{"", `Email:To ""`, `Email:To "a b c"`} {
		data := []string{"Email2:Send"}
		if to != "" {
			data = append(data, to)
		}
		if _, status := d.told("phone1", changeLines(id, data...)...).one(t); status != "183" || len(d.records(store.Drafts)) != 1 || len(d.queued()) != 0 {
			t.Errorf("to %s: status %s", to, status)
		}
	}
	if _, status := d.told("phone1", addLines("n2", "Email2:Send")...).one(t); status != "183" || len(d.records(store.Drafts)) != 1 {
		t.Errorf("Add to nobody: status %s", status)
	}
	d.clock = d.clock.AddDate(0, 0, 2)
	send := changeLines(id, `Email:To "otto@example.test"`, "Email2:Send", `Email:Read "1"`)
	a, b := d.ask("phone1", send...), d.told("phone1", send...)
	for _, x := range []syncReply{a, b} {
		if x.status() != "1" || len(x.commands("Delete")) != 1 || x.c.at("AirSync:Responses") != nil {
			t.Errorf("sent:\n%s", x.dump)
		}
	}
	if len(d.queued()) != 1 || len(d.records(store.Sent)) != 1 || len(d.records(store.Drafts)) != 0 {
		t.Errorf("%d recipients, %d in Sent, %d in Drafts", len(d.queued()), len(d.records(store.Sent)), len(d.records(store.Drafts)))
	}
	sent := d.records(store.Sent)[0]
	if raw := d.bytes(sent.Item.Blob); !strings.Contains(raw, "Date: Mon, 24 Aug 2026") || sent.Item.Flags&store.Draft != 0 {
		t.Errorf("flags %b of\n%s", sent.Item.Flags, raw)
	}
	inbox := d.fill(1)
	c := call{version: V161}
	key := d.whole(t, c, inbox, d.prime(t, c, inbox))
	c.body = syncOne(inbox, key, append([]string{"AirSync:Commands"}, changeLines(inbox+":1", "Email2:Send", `Email:Subject "x"`)...))
	if _, status := d.sync(t, c).one(t); status != "6" || len(d.queued()) != 1 {
		t.Errorf("Send of a message in the Inbox: status %s", status)
	}
}

// TestDraftFilesFollow takes files away: what a device knows by a name that now leads elsewhere it is told.
func TestDraftFilesFollow(t *testing.T) {
	d := newDraftRig(t)
	r, _ := d.told("phone1", addLines("n1", append(fileLines("f1", "a.txt", "a"), fileLines("f2", "b.txt", "bb")[1:]...)...)...).one(t)
	id := r.get("AirSync:ServerId")
	var names []string
	for _, f := range r.at("AirSync:ApplicationData", "AirSyncBase:Attachments").kids {
		names = append(names, f.get("AirSyncBase:FileReference"))
	}
	remove := []string{"AirSyncBase:Attachments", ">AirSyncBase:Delete", ">>AirSyncBase:FileReference " + strconv.Quote(names[0])}
	a := d.told("phone1", changeLines(id, remove...)...)
	changes := a.commands("Change")
	if len(changes) != 1 {
		t.Fatalf("a file less:\n%s", a.dump)
	}
	left := changes[0].at("AirSync:ApplicationData", "AirSyncBase:Attachments").kids
	if len(left) != 1 || left[0].get("AirSyncBase:DisplayName") != "b.txt" {
		t.Errorf("left:\n%s", a.dump)
	}
	b := d.told("phone1", changeLines(id, fileLines("f3", "c.txt", "ccc")...)...)
	if resp, status := b.one(t); status != "1" || resp.at("AirSync:ApplicationData", "AirSyncBase:Attachments") == nil || len(b.commands("Change")) != 0 {
		t.Errorf("a file more:\n%s", b.dump)
	}
	gone := []string{"AirSyncBase:Attachments", ">AirSyncBase:Delete", `>>AirSyncBase:FileReference "i1:9"`, "Email2:Send", `Email:To "otto@example.test"`}
	if _, status := d.told("phone1", changeLines(id, gone...)...).one(t); status != "6" || len(d.queued()) != 0 {
		t.Errorf("sent without knowing which file to leave out: status %s", status)
	}
}

// TestDraftConflict lets two devices change one draft.
func TestDraftConflict(t *testing.T) {
	for _, wins := range []string{"0", "1"} {
		d := newDraftRig(t)
		r, _ := d.told("phone1", addLines("n1", `Email:Subject "one"`)...).one(t)
		id := r.get("AirSync:ServerId")
		c := call{version: V161, device: "phone2"}
		d.keys["phone2"] = d.prime(t, c, d.folder, "AirSync:Options", fmt.Sprintf(">AirSync:Conflict %q", wins))
		d.told("phone2")
		d.told("phone1", changeLines(id, `Email:Subject "two"`)...)
		a := d.told("phone2", changeLines(id, `Email:Subject "three"`, `Email:Read "0"`)...)
		want := "three"
		if told := a.commands("Change"); wins == "0" && (len(told) != 1 || told[0].get("AirSync:ApplicationData", "Email:Subject") != "three") {
			t.Errorf("device wins, but is not told what else is in the draft now:\n%s", a.dump)
		}
		if wins == "1" {
			want = "two"
			if _, status := a.one(t); status != "7" || len(a.commands("Change")) != 1 || a.commands("Change")[0].get("AirSync:ApplicationData", "Email:Subject") != "two" {
				t.Errorf("server wins:\n%s", a.dump)
			}
		}
		if got := d.subjects(store.Drafts); !slices.Equal(got, []string{want}) {
			t.Errorf("Conflict %s: %q, want %s\n%s", wins, got, want, a.dump)
		}
		if rewritten := d.told("phone1"); wins == "0" {
			if len(rewritten.commands("Delete")) != 1 || len(rewritten.commands("Add")) != 1 {
				t.Errorf("written anew by another device:\n%s", rewritten.dump)
			}
			id = rewritten.commands("Add")[0].get("AirSync:ServerId")
		}
		d.told("phone1", ">AirSync:Delete", ">>AirSync:ServerId "+strconv.Quote(id))
		id = r.get("AirSync:ServerId")
		if _, status := d.told("phone2", changeLines(id, `Email:Subject "four"`)...).one(t); status != "8" {
			t.Errorf("a draft that is gone: status %s", status)
		}
	}
}

// TestDraftWonLater: a device that was told 7 and not yet why wins with its next request; what it then does not write of
// the draft is still news to it.
func TestDraftWonLater(t *testing.T) {
	d := newDraftRig(t)
	r, _ := d.told("phone1", addLines("n1", `Email:Subject "one"`)...).one(t)
	id := r.get("AirSync:ServerId")
	c := call{version: V161, device: "phone2"}
	key := d.whole(t, c, d.folder, d.prime(t, c, d.folder))
	d.told("phone1", changeLines(id, `Email:To "otto@example.test"`, `Email:Subject "two"`)...)
	for _, row := range []struct {
		conflict, subject string
		refused           bool
	}{{"1", "three", true}, {"0", "four", false}} {
		head := []string{`AirSync:GetChanges "0"`, "AirSync:Options", fmt.Sprintf(">AirSync:Conflict %q", row.conflict), "AirSync:Commands"}
		c.body = syncOne(d.folder, key, append(head, changeLines(id, fmt.Sprintf("Email:Subject %q", row.subject))...))
		a := d.sync(t, c)
		if refused := a.c.at("AirSync:Responses") != nil; refused != row.refused || len(a.commands("Change")) != 0 {
			t.Fatalf("Conflict %s:\n%s", row.conflict, a.dump)
		}
		key = a.key()
	}
	c.body = syncOne(d.folder, key, nil)
	a := d.sync(t, c)
	told := a.commands("Change")
	if len(told) != 1 || told[0].get("AirSync:ApplicationData", "Email:Subject") != "four" || !strings.Contains(told[0].get("AirSync:ApplicationData", "Email:To"), "otto@") {
		t.Errorf("what is in the draft:\n%s", a.dump)
	}
}

// TestDraftTwiceInOneRequest changes a draft twice, and then sends it.
func TestDraftTwiceInOneRequest(t *testing.T) {
	d := newDraftRig(t)
	r, _ := d.told("phone1", addLines("n1", `Email:Subject "one"`)...).one(t)
	id := r.get("AirSync:ServerId")
	commands := slices.Concat(changeLines(id, `Email:Subject "two"`), changeLines(id, `Email:To "otto@example.test"`), changeLines(id, `Email:Read "0"`))
	d.told("phone1", commands...)
	s, err := mail.UnmarshalSummary(d.records(store.Drafts)[0].Item.Summary)
	must(t, err)
	if s.Envelope.Subject != "two" || len(s.Envelope.To) != 1 {
		t.Errorf("%+v", s.Envelope)
	}
	a := d.told("phone1", slices.Concat(changeLines(id, `Email:Read "1"`), changeLines(id, `Email:Subject "three"`), changeLines(id, "Email2:Send"))...)
	if len(a.commands("Delete")) != 1 || !slices.Equal(d.subjects(store.Sent), []string{"three"}) {
		t.Errorf("Sent %q\n%s", d.subjects(store.Sent), a.dump)
	}
}

// A heapWatch notes how large the heap gets while it is read.
type heapWatch struct {
	r    io.Reader
	read int
	most uint64
}

func (h *heapWatch) Read(p []byte) (int, error) {
	n, err := h.r.Read(p)
	if before := h.read >> 20; (h.read+n)>>20 > before {
		h.most = max(h.most, heap())
	}
	h.read += n
	return n, err
}

// heap is what is in use.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestDraftLargeFile: a file of a draft is never whole in memory.
func TestDraftLargeFile(t *testing.T) {
	once(t)
	const size = 24 << 20
	d := newDraftRig(t)
	d.told("phone1")
	from, to := io.Pipe()
	file := &heapWatch{r: io.LimitReader(rand.NewChaCha8([32]byte{}), size)}
	go func() {
		e := wbxml.NewEncoder(to)
		for _, tag := range []wbxml.Tag{wbxml.AirSyncSync, wbxml.AirSyncCollections, wbxml.AirSyncCollection} {
			e.Start(tag)
		}
		e.Elem(wbxml.AirSyncSyncKey, d.keys["phone1"])
		e.Elem(wbxml.AirSyncCollectionId, d.folder)
		e.Start(wbxml.AirSyncCommands)
		e.Start(wbxml.AirSyncAdd)
		e.Elem(wbxml.AirSyncClientId, "n1")
		for _, tag := range []wbxml.Tag{wbxml.AirSyncApplicationData, wbxml.AirSyncBaseAttachments, wbxml.AirSyncBaseAdd, wbxml.AirSyncBaseContent} {
			e.Start(tag)
		}
		e.OpaqueFrom(file, size)
		for range 9 {
			e.End()
		}
		to.CloseWithError(e.Close())
	}()
	req := d.request(call{cmd: "Sync", version: V161, device: "phone1", body: syncOne(d.folder, d.keys["phone1"], nil)})
	req.Body, req.ContentLength = from, -1
	before := heap()
	a := d.send(req)
	if !strings.Contains(a.dump, `AirSync:ServerId "`+d.folder+`:1"`) {
		t.Fatalf("%d\n%s", a.code, a.dump)
	}
	if item := d.records(store.Drafts)[0].Item; item.Size < size {
		t.Errorf("stored %d bytes", item.Size)
	}
	if file.most > before+size/4 {
		t.Errorf("the heap grew from %d to %d for a file of %d", before, file.most, size)
	}
}
