package activesync

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/activesync/asclient"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/wbxml"
)

// searchDoc is a Search of a store; query and options are lines of a dump.
func searchDoc(name, query, options string) string {
	doc := fmt.Sprintf("Search:Search\n  Search:Store\n    Search:Name %q\n", name)
	if strings.HasPrefix(query, `"`) {
		doc += "    Search:Query " + query + "\n"
	} else {
		doc += "    Search:Query\n" + indented(query, 6)
	}
	if options != "" {
		doc += "    Search:Options\n" + indented(options, 6)
	}
	return doc
}

// indented puts blanks before the lines of a dump, which are apart by semicolons.
func indented(lines string, n int) string {
	var b strings.Builder
	for line := range strings.SplitSeq(lines, ";") {
		fmt.Fprintf(&b, "%*s%s\n", n, "", line)
	}
	return b.String()
}

// status is the status of the store that was searched, or of the whole answer.
func (a reply) searchStatus() string {
	if _, inner, ok := strings.Cut(a.dump, "Search:Store\n"); ok {
		return reply{dump: inner}.value("Search:Status")
	}
	return "root " + a.value("Search:Status")
}

func TestSearchStatus(t *testing.T) {
	r := newRig(t)
	r.deliver(store.Inbox, lunch)
	inbox := collectionID(r.folder(store.Inbox).ID)
	deep := "Search:And;" + strings.Repeat("  Search:And;", 12) + "  x"
	tests := []struct {
		name, doc string
		version   Version
		want      string
	}{
		{"words", searchDoc("Mailbox", `Search:And;  AirSync:Class "Email";  Search:FreeText "lunch"`, ""), V120, "1"},
		{"name in lower case", searchDoc("mailbox", `Search:And;  Search:FreeText "lunch"`, ""), V141, "1"},
		{"without And", searchDoc("Mailbox", `Search:FreeText "lunch"`, ""), V141, "1"},
		{"text alone", searchDoc("Mailbox", `"lunch"`, ""), V141, "1"},
		{"nothing", searchDoc("Mailbox", `Search:And`, ""), V141, "2"},
		{"no words", searchDoc("Mailbox", `Search:And;  Search:FreeText " "`, ""), V141, "2"},
		{"several folders", searchDoc("Mailbox", `Search:And;  AirSync:CollectionId "`+inbox+`";  AirSync:CollectionId "0";  Search:FreeText "x"`, ""), V141, "1"},
		{"no such folder", searchDoc("Mailbox", `Search:And;  AirSync:CollectionId "c999";  Search:FreeText "x"`, ""), V141, "11"},
		{"rubbish for a folder", searchDoc("Mailbox", `Search:And;  AirSync:CollectionId "Inbox";  Search:FreeText "x"`, ""), V141, "11"},
		{"folder of a calendar", searchDoc("Mailbox", `Search:And;  AirSync:CollectionId "`+r.hiddenCalendar()+`";  Search:FreeText "x"`, ""), V141, "11"},
		{"class of something else", searchDoc("Mailbox", `Search:And;  AirSync:Class "Calendar";  Search:FreeText "lunch"`, ""), V141, "1"},
		{"unknown class", searchDoc("Mailbox", `Search:And;  AirSync:Class "Fridge";  Search:FreeText "lunch"`, ""), V141, "2"},
		{"dates", searchDoc("Mailbox", `Search:And;  Search:GreaterThan;    Email:DateReceived;    Search:Value "2026-08-01T00:00:00.000Z";  Search:LessThan;    Email:DateReceived;    Search:Value "2026-09-01"`, ""), V120, "1"},
		{"no date", searchDoc("Mailbox", `Search:And;  Search:GreaterThan;    Email:DateReceived;    Search:Value "soon"`, ""), V141, "2"},
		{"date of another property", searchDoc("Mailbox", `Search:And;  Search:LessThan;    Tasks:DueDate;    Search:Value "2026-09-01"`, ""), V141, "2"},
		{"EqualTo", searchDoc("Mailbox", `Search:And;  Search:EqualTo;    DocumentLibrary:LinkId;    Search:Value "x"`, ""), V141, "2"},
		{"property of a class", searchDoc("Mailbox", `Search:And;  Email:From "otto"`, ""), V141, "2"},
		{"Or", searchDoc("Mailbox", `Search:Or;  Search:FreeText "a";  Search:FreeText "b"`, ""), V141, "8"},
		{"Or within", searchDoc("Mailbox", `Search:And;  Search:Or;    Search:FreeText "a"`, ""), V141, "8"},
		{"And within", searchDoc("Mailbox", `Search:And;  Search:And;    Search:FreeText "a"`, ""), V141, "8"},
		{"two Ands", searchDoc("Mailbox", `Search:And;  Search:FreeText "a";Search:And;  Search:FreeText "b"`, ""), V141, "8"},
		{"beside And", searchDoc("Mailbox", `Search:And;  Search:FreeText "a";AirSync:Class "Email"`, ""), V141, "8"},
		{"too many words", searchDoc("Mailbox", `Search:And;  Search:FreeText "`+strings.Repeat("a ", 200)+`"`, ""), V141, "8"},
		{"too deep", searchDoc("Mailbox", strings.ReplaceAll(deep, "  x", ""), ""), V121, "8"},
		{"conversation", searchDoc("Mailbox", `Search:And;  Search:ConversationId x"0102"`, ""), V140, "1"},
		{"conversation too early", searchDoc("Mailbox", `Search:And;  Search:ConversationId x"0102"`, ""), V121, "2"},
		{"mailbox too early", searchDoc("Mailbox", `Search:And;  Search:FreeText "lunch"`, ""), V25, "2"},

		{"body part of text", searchDoc("Mailbox", `Search:FreeText "lunch"`, `AirSyncBase:BodyPartPreference;  AirSyncBase:Type "1"`), V141, "root 164"},
		{"range", searchDoc("Mailbox", `Search:FreeText "lunch"`, `Search:Range "0-999"`), V141, "1"},
		{"range beyond", searchDoc("Mailbox", `Search:FreeText "lunch"`, `Search:Range "0-1000"`), V141, "12"},
		{"range past the end", searchDoc("Mailbox", `Search:FreeText "lunch"`, `Search:Range "1-9"`), V141, "12"},
		{"range backwards", searchDoc("Mailbox", `Search:FreeText "lunch"`, `Search:Range "9-1"`), V141, "2"},
		{"no range", searchDoc("Mailbox", `Search:FreeText "lunch"`, `Search:Range "all"`), V141, "2"},

		{"people", searchDoc("GAL", `"ri"`, ""), V25, "1"},
		{"people by FreeText", searchDoc("GAL", `Search:FreeText "ri"`, ""), V141, "1"},
		{"nobody", searchDoc("gal", `"zzz"`, ""), V141, "1"},
		{"people by property", searchDoc("GAL", `GAL:DisplayName "ri"`, ""), V141, "2"},
		{"people, range beyond", searchDoc("GAL", `"ri"`, `Search:Range "0-100"`), V141, "12"},
		{"people, past the end", searchDoc("GAL", `"ri"`, `Search:Range "1-2"`), V141, "12"},
		{"documents", searchDoc("DocumentLibrary", `Search:EqualTo;  DocumentLibrary:LinkId;  Search:Value "x"`, `Search:UserName "u";Search:Password "p"`), V141, "5"},
		{"documents in two words", searchDoc("Document Library", `Search:EqualTo;  DocumentLibrary:LinkId;  Search:Value "x"`, ""), V120, "5"},
		{"documents too early", searchDoc("DocumentLibrary", `"x"`, ""), V25, "2"},
		{"unknown store", searchDoc("Fridge", `"x"`, ""), V141, "2"},
		{"no store", "Search:Search\n  Search:Store\n    Search:Query \"x\"\n", V121, "root 2"},
		{"no store", "Search:Search\n  Search:Store\n    Search:Query \"x\"\n", V140, "root 103"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := r.do(call{cmd: "Search", version: tt.version, body: tt.doc})
			if got := a.searchStatus(); a.code != 200 || got != tt.want {
				t.Errorf("HTTP %d, status %s, want %s\n%s", a.code, got, tt.want, a.dump)
			}
			if tt.want != "1" && a.has("Search:Result") {
				t.Errorf("refused, but with results:\n%s", a.dump)
			}
		})
	}
}

// client is an independent client of rita's over real HTTP.
func (r *rig) client(t *testing.T, v Version) *asclient.Client {
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	c := asclient.New(asclient.Config{
		URL: server.URL + "/Microsoft-Server-ActiveSync", User: rita, Password: password, DeviceID: "client", Version: v.String(),
	})
	must(t, c.Setup(t.Context()))
	t.Cleanup(func() {
		for _, v := range c.Violations {
			t.Error(v)
		}
	})
	return c
}

// numbered delivers messages with the given numbers, one a minute.
func (r *rig) numbered(role store.Role, first, last int) {
	for n := first; n <= last; n++ {
		r.clock = r.clock.Add(time.Minute)
		r.deliver(role, fmt.Sprintf("From: otto@example.test\nTo: rita@example.test\nSubject: number %d\n\nneedle %d\n", n, n))
	}
}

// subjects lists what was found.
func subjects(f *asclient.Found) string {
	var list []string
	for _, h := range f.Hits {
		list = append(list, strings.TrimPrefix(h.Properties.Value(wbxml.EmailSubject), "number "))
	}
	return strings.Join(list, " ")
}

// TestSearchPages goes through results by pages while messages arrive, move and go.
func TestSearchPages(t *testing.T) {
	for _, v := range []Version{V120, V141, V161} {
		t.Run(v.String(), func(t *testing.T) {
			r := newRig(t)
			c := r.client(t, v)
			r.numbered(store.Inbox, 1, 5)
			r.numbered(store.Sent, 6, 8)
			r.numbered(store.Inbox, 9, 10)
			search := func(span string, rebuild bool) *asclient.Found {
				t.Helper()
				f, err := c.Search(t.Context(), asclient.MailQuery{Text: "needle", Range: span, Rebuild: rebuild})
				must(t, err)
				return f
			}
			if f := search("0-3", false); subjects(f) != "10 9 8 7" || f.Total != 10 || f.Last != 3 {
				t.Errorf("first page: %s %+v", subjects(f), f)
			}
			r.numbered(store.Inbox, 11, 12)
			must(t, r.st.Update(t.Context(), r.rita.ID, func(tx store.Tx) error { return tx.Remove(r.folder(store.Sent).ID, 1) })) // number 6
			if f := search("4-7", true); subjects(f) != "5 4 3" || f.First != 4 || f.Last != 7 || f.Total != 10 {
				t.Errorf("second page: %s %+v", subjects(f), f)
			}
			if f := search("8-99", false); subjects(f) != "2 1" || f.Last != 9 {
				t.Errorf("last page: %s %+v", subjects(f), f)
			}
			if f := search("0-1", false); subjects(f) != "12 11" || f.Total != 11 {
				t.Errorf("begun anew: %s %+v", subjects(f), f)
			}
			r.searches = searchMemory{} // the server was restarted
			if f := search("2-3", false); subjects(f) != "10 9" {
				t.Errorf("forgotten meanwhile: %s %+v", subjects(f), f)
			}
		})
	}
}

// TestSearchFolders chooses where to look.
func TestSearchFolders(t *testing.T) {
	r := newRig(t)
	c := r.client(t, V141)
	r.numbered(store.Inbox, 1, 2)
	r.numbered(store.Trash, 3, 3)
	var sub store.Collection
	must(t, r.st.Update(t.Context(), r.rita.ID, func(tx store.Tx) (err error) {
		if sub, err = tx.CreateCollection(store.Collection{Parent: r.folder(store.Inbox).ID, Name: "sub", Class: store.Mail}); err != nil {
			return err
		}
		_, err = tx.Copy(r.folder(store.Inbox).ID, 1, sub.ID)
		return err
	}))
	inbox, trash := collectionID(r.folder(store.Inbox).ID), collectionID(r.folder(store.Trash).ID)
	for _, tt := range []struct {
		folders []string
		deep    bool
		want    string
	}{
		{nil, false, "3 2 1 1"}, {[]string{"0"}, false, "3 2 1 1"}, {[]string{"0", trash}, true, "3 2 1 1"}, {[]string{inbox}, false, "2 1"},
		{[]string{inbox}, true, "2 1 1"}, {[]string{inbox, trash}, false, "3 2 1"}, {[]string{collectionID(sub.ID)}, true, "1"},
	} {
		f, err := c.Search(t.Context(), asclient.MailQuery{Text: "subject:number", Folders: tt.folders, Deep: tt.deep})
		if err != nil || subjects(f) != tt.want {
			t.Errorf("%v, deep %v: %v, %v, want %s", tt.folders, tt.deep, subjects(f), err, tt.want)
		}
	}
	f, err := c.Search(t.Context(), asclient.MailQuery{After: r.clock.Add(-90 * time.Second), Before: r.clock})
	if err != nil || subjects(f) != "2" {
		t.Errorf("by date: %s, %v", subjects(f), err)
	}
}

// TestSearchUse uses what was found: it is fetched and answered by LongId, after it has been moved.
func TestSearchUse(t *testing.T) {
	r := newRig(t)
	c := r.client(t, V141)
	rec := r.deliver(store.Inbox, lunch)
	f, err := c.Search(t.Context(), asclient.MailQuery{Text: "noon", Bodies: []asclient.BodyPreference{{Type: asclient.PlainText, Truncation: 5}}})
	must(t, err)
	if len(f.Hits) != 1 {
		t.Fatalf("%+v", f)
	}
	if b := asclient.BodyOf(f.Hits[0].Properties); b.Data != "Shall" || !b.Truncated {
		t.Errorf("body %+v", b)
	}
	must(t, r.st.Update(t.Context(), r.rita.ID, func(tx store.Tx) error {
		_, err := tx.Move(rec.Collection, rec.UID, r.folder(store.Trash).ID)
		return err
	}))
	long := f.Hits[0].LongID
	got, err := c.FetchLongID(t.Context(), long, asclient.BodyPreference{Type: asclient.PlainText})
	if err != nil || !strings.HasPrefix(asclient.BodyOf(got).Data, "Shall we meet") {
		t.Errorf("fetched: %v, %v", got, err)
	}
	a := r.do(call{cmd: "SmartReply", body: "ComposeMail:SmartReply\n  ComposeMail:ClientId \"1\"\n  ComposeMail:Source\n    ComposeMail:LongId \"" + long + "\"\n" +
		"  ComposeMail:Mime \"To: otto@example.test\\r\\nSubject: Re: Lunch\\r\\n\\r\\nYes\\r\\n\"\n"})
	if a.code != 200 || len(a.body) > 0 {
		t.Errorf("reply: %d %s", a.code, a.dump)
	}
	if flags := r.records(store.Trash)[0].Item.Flags; flags&store.Answered == 0 {
		t.Errorf("flags %v", flags)
	}
}

// TestSearchConversation finds the messages of a conversation, with their parts.
func TestSearchConversation(t *testing.T) {
	r := newRig(t)
	c := r.client(t, V141)
	r.deliver(store.Inbox, lunch)
	r.clock = r.clock.Add(time.Minute)
	r.deliver(store.Sent, "From: rita@example.test\nTo: otto@example.test\nSubject: Re: Lunch\nIn-Reply-To: <lunch@example.test>\nMessage-ID: <2@example.test>\n\nYes\n")
	r.deliver(store.Inbox, "From: otto@example.test\nSubject: Lunch\nMessage-ID: <3@example.test>\n\nanother\n")
	id := conversationID(r.records(store.Sent)[0].Item)
	f, err := c.Search(t.Context(), asclient.MailQuery{Conversation: id})
	if err != nil || subjects(f) != "Re: Lunch Lunch" {
		t.Errorf("%s, %v", subjects(f), err)
	}
	if f, err = c.Search(t.Context(), asclient.MailQuery{Conversation: id, Text: "noon"}); err != nil || subjects(f) != "Lunch" {
		t.Errorf("with words: %s, %v", subjects(f), err)
	}
	if f, err = c.Search(t.Context(), asclient.MailQuery{Conversation: threadID(r.otto.ID, r.records(store.Sent)[0].Item.Thread)}); err != nil || len(f.Hits) > 0 {
		t.Errorf("of somebody else: %s, %v", subjects(f), err)
	}
	const parts = `AirSyncBase:BodyPartPreference;  AirSyncBase:Type "2"`
	query := fmt.Sprintf(`Search:And;  Search:ConversationId x"%x"`, id)
	if a := r.do(call{cmd: "Search", version: max(baseVersion, V141), body: searchDoc("Mailbox", query, parts)}); strings.Count(a.dump, "AirSyncBase:BodyPart\n") != 2 {
		t.Errorf("body parts:\n%s", a.dump)
	}
	if a := r.do(call{cmd: "Search", version: max(baseVersion, V141), body: searchDoc("Mailbox", `Search:FreeText "noon"`, parts)}); a.has("AirSyncBase:BodyPart") || !a.has("Search:LongId") {
		t.Errorf("body parts without a conversation:\n%s", a.dump)
	}
}

// TestSearchForeign looks for what is otto's.
func TestSearchForeign(t *testing.T) {
	r := newRig(t)
	r.needs(V120)
	r.deliver(store.Inbox, lunch)
	body := searchDoc("Mailbox", `Search:FreeText "noon"`, "")
	if a := r.do(call{cmd: "Search", body: body}); a.value("Search:Total") != "1" {
		t.Errorf("one's own:\n%s", a.dump)
	}
	if a := r.do(call{cmd: "Search", user: otto, body: body}); a.has("Search:Total") || a.searchStatus() != "1" {
		t.Errorf("somebody else's:\n%s", a.dump)
	}
	theirs := collectionID(r.folder(store.Inbox).ID)
	if a := r.do(call{cmd: "Search", user: otto, body: searchDoc("Mailbox", `Search:And;  AirSync:CollectionId "`+theirs+`";  Search:FreeText "noon"`, "")}); a.searchStatus() != "11" {
		t.Errorf("in somebody else's folder:\n%s", a.dump)
	}
}

// TestSearchEnds has searches end early: their time is over, or their client gone.
func TestSearchEnds(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Limits.Search = time.Nanosecond })
	r.needs(V120)
	r.deliver(store.Inbox, lunch)
	if a := r.do(call{cmd: "Search", body: searchDoc("Mailbox", `Search:FreeText "noon"`, "")}); a.searchStatus() != "10" {
		t.Errorf("too slow:\n%s", a.dump)
	}
	if a := r.do(call{cmd: "Find", version: V161, body: findDoc("noon", "", "")}); a.findStatus() != "3" {
		t.Errorf("too slow to find:\n%s", a.dump)
	}
	ctx, cancel := context.WithCancel(t.Context())
	r = newRig(t, func(o *Options) { o.Store = brokenStore{o.Store, cancel} })
	r.deliver(store.Inbox, lunch)
	if a := r.do(call{cmd: "Search", ctx: ctx, body: searchDoc("Mailbox", `Search:FreeText "\"=?utf\""`, "")}); a.code != 503 {
		t.Errorf("nobody is there: %d %s", a.code, a.dump)
	}
}

// TestSearchLong asks for more than an answer holds.
func TestSearchLong(t *testing.T) {
	once(t)
	r := newRig(t)
	c := r.client(t, V141)
	long := strings.Repeat("0123456789 needle\n", 3<<20/18)
	for n := range 5 {
		r.clock = r.clock.Add(time.Minute)
		r.deliver(store.Inbox, fmt.Sprintf("From: otto@example.test\nSubject: number %d\n\n%s", n, long))
	}
	f, err := c.Search(t.Context(), asclient.MailQuery{Text: "needle", Bodies: []asclient.BodyPreference{{Type: asclient.PlainText}}})
	if err != nil || subjects(f) != "4 3 2" || f.Last != 2 || f.Total != 5 {
		t.Errorf("%s %d-%d of %d, %v", subjects(f), f.First, f.Last, f.Total, err)
	}
	f, err = c.Search(t.Context(), asclient.MailQuery{Text: "needle", Range: "3-9", Bodies: []asclient.BodyPreference{{Type: asclient.PlainText}}})
	if err != nil || subjects(f) != "1 0" {
		t.Errorf("the rest: %s, %v", subjects(f), err)
	}
	f, err = c.Search(t.Context(), asclient.MailQuery{Text: "needle"})
	if err != nil || len(f.Hits) != 5 || len(asclient.BodyOf(f.Hits[0].Properties).Data) > firstWords {
		t.Errorf("unasked: %d hits, %v", len(f.Hits), err)
	}
}

// TestSearchMemory bounds what is remembered.
func TestSearchMemory(t *testing.T) {
	var m searchMemory
	start := time.Now()
	key := func(n int) searchKey { return searchKey{device: fmt.Sprint(n)} }
	for n := range 2 * maxSearches {
		m.put(key(n), &searchResult{total: n, at: start.Add(time.Duration(n))})
		if n == maxSearches-1 {
			m.get(key(0), start.Add(time.Duration(n))) // the oldest is asked for
		}
		if n == maxSearches && (m.get(key(0), start) == nil || m.get(key(1), start) != nil) {
			t.Error("what was asked for last is not what is kept")
		}
	}
	if len(m.list) != maxSearches {
		t.Errorf("%d searches", len(m.list))
	}
	last := key(2*maxSearches - 1)
	if got := m.get(last, start.Add(searchMemoryTime)); got == nil || got.total != 2*maxSearches-1 {
		t.Errorf("%+v", got)
	}
	if m.get(last, start.Add(3*searchMemoryTime)) != nil {
		t.Error("found after its time")
	}
	m.put(key(-1), &searchResult{at: start.Add(3 * searchMemoryTime)})
	if len(m.list) != 1 {
		t.Errorf("%d searches, all but one too old", len(m.list))
	}
}

var errBroken = errors.New("broken")

// brokenStore cannot open messages, and calls a function when it is asked to.
type brokenStore struct {
	store.Store
	asked func()
}

func (b brokenStore) OpenBlob(context.Context, store.BlobID) (store.Blob, error) {
	b.asked()
	return nil, errBroken
}

// TestSearchBroken has the store fail.
func TestSearchBroken(t *testing.T) {
	r := newRig(t, func(o *Options) {
		o.Store = brokenStore{o.Store, func() {}}
	})
	r.needs(V120)
	r.deliver(store.Inbox, strings.Replace(lunch, "Subject: Lunch", "Subject: =?utf-8?q?Lunch?=", 1))
	a := r.do(call{cmd: "Search", body: searchDoc("Mailbox", `Search:FreeText "\"=?utf\""`, "")})
	if a.searchStatus() != "3" {
		t.Errorf("status %s\n%s", a.searchStatus(), a.dump)
	}
	a = r.do(call{cmd: "Search", body: searchDoc("Mailbox", `Search:FreeText "subject:lunch"`, "")})
	if a.searchStatus() != "1" || a.value("Search:Total") != "1" || a.value("Email:Subject") != "Lunch" || !strings.Contains(a.dump, "could not be read") {
		t.Errorf("a message that cannot be read:\n%s", a.dump)
	}
}
