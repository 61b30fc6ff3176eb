package activesync

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/activesync/asclient"
	"github.com/gannetmail/gannet/contacts"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/wbxml"
)

// findDoc is a Find in the mailbox; query and options are further lines of a dump.
func findDoc(text, query, options string) string {
	doc := "Find:Find\n  Find:SearchId \"{1}\"\n  Find:ExecuteSearch\n    Find:MailBoxSearchCriterion\n      Find:Query\n"
	doc += indented(fmt.Sprintf("Find:FreeText %q", text), 8)
	if query != "" {
		doc += indented(query, 8)
	}
	if options != "" {
		doc += "      Find:Options\n" + indented(options, 8)
	}
	return doc
}

// findStatus is the status of the search, or of the whole answer.
func (a reply) findStatus() string {
	if _, inner, ok := strings.Cut(a.dump, "Find:Response\n"); ok {
		return reply{dump: inner}.value("Find:Status")
	}
	return "root " + a.value("Find:Status")
}

func TestFindStatus(t *testing.T) {
	r := newRig(t)
	r.deliver(store.Inbox, lunch)
	people := func(text, options string) string {
		doc := "Find:Find\n  Find:SearchId \"{1}\"\n  Find:ExecuteSearch\n    Find:GalSearchCriterion\n      Find:Query " + text + "\n"
		if options != "" {
			doc += "      Find:Options\n" + indented(options, 8)
		}
		return doc
	}
	for _, tt := range []struct{ name, doc, want string }{
		{"words", findDoc("noon", "", ""), "1"},
		{"class and folder", findDoc("noon", `AirSync:Class "Email";AirSync:CollectionId "`+collectionID(r.folder(store.Inbox).ID)+`"`, "Find:DeepTraversal"), "1"},
		{"none", findDoc("midnight", "", ""), "1"},
		{"no words", findDoc("", "", ""), "2"},
		{"too many words", findDoc(strings.Repeat("a ", 200), "", ""), "2"},
		{"another class", findDoc("noon", `AirSync:Class "Calendar"`, ""), "2"},
		{"no such folder", findDoc("noon", `AirSync:CollectionId "c999"`, ""), "root 3"},
		{"range beyond", findDoc("noon", "", `Find:Range "0-1000"`), "4"},
		{"range backwards", findDoc("noon", "", `Find:Range "3-2"`), "4"},
		{"not from the beginning", findDoc("not yet", "", `Find:Range "1-2"`), "4"},
		{"past the end", findDoc("noon", "", `Find:Range "1-2"`), "4"},
		{"no SearchId", strings.Replace(findDoc("noon", "", ""), "  Find:SearchId \"{1}\"\n", "", 1), "2"},
		{"people", people(`"ri"`, `Find:Range "0-9"`), "1"},
		{"nobody", people(`"zzz"`, ""), "1"},
		{"people past the end", people(`"ri"`, `Find:Range "1-2"`), "4"},
		{"no criterion", "Find:Find\n  Find:SearchId \"{1}\"\n  Find:ExecuteSearch\n", "root 103"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := r.do(call{cmd: "Find", version: V161, body: tt.doc})
			if got := a.findStatus(); a.code != 200 || got != tt.want {
				t.Errorf("HTTP %d, status %s, want %s\n%s", a.code, got, tt.want, a.dump)
			}
		})
	}
	for _, v := range AllVersions {
		if v < V161 {
			if a := r.do(call{cmd: "Find", version: v, body: findDoc("noon", "", "")}); v < V140 && a.code != 400 || v >= V140 && a.findStatus() != "root 138" {
				t.Errorf("%v: %d %s", v, a.code, a.dump)
			}
		}
	}
}

// TestFindPages goes through results by pages while messages arrive, and fetches what it found by its ids.
func TestFindPages(t *testing.T) {
	r := newRig(t)
	c := r.client(t, V161)
	r.numbered(store.Inbox, 1, 6)
	find := func(id, span string) (*asclient.Found, error) {
		return c.Find(t.Context(), id, asclient.MailQuery{Text: "from:otto needle", Range: span})
	}
	f, err := find("{a}", "0-3")
	must(t, err)
	if subjects(f) != "6 5 4 3" || f.Total != 6 {
		t.Errorf("first page: %s of %d", subjects(f), f.Total)
	}
	h := f.Hits[0]
	got, err := c.FetchItem(t.Context(), &asclient.Folder{ID: h.CollectionID}, h.ServerID)
	if err != nil || got.Value(wbxml.EmailSubject) != "number 6" {
		t.Errorf("fetched: %v, %v", got, err)
	}
	r.numbered(store.Inbox, 7, 7)
	if f, err = find("{a}", "4-9"); err != nil || subjects(f) != "2 1" {
		t.Errorf("second page: %s, %v", subjects(f), err)
	}
	if f, err = find("{a}", "0-1"); err != nil || subjects(f) != "7 6" {
		t.Errorf("begun anew: %s, %v", subjects(f), err)
	}
	if _, err = find("{b}", "2-3"); asclient.StatusOf(err) != findRange {
		t.Errorf("another search in the middle: %v", err)
	}
}

// TestFindProperties looks at what is told of a message.
func TestFindProperties(t *testing.T) {
	r := newRig(t)
	c := r.client(t, V161)
	r.deliver(store.Drafts, strings.Replace(withFile, "To: rita@example.test",
		"To: Rita <rita@example.test>, bo@example.test\nCc: Cy <cy@example.test>\nBcc: Dee <dee@example.test>\nImportance: high", 1))
	r.deliver(store.Inbox, strings.Replace(lunch, "\n", "\nBcc: Eve <eve@example.test>\n", 1))
	f, err := c.Find(t.Context(), "{0}", asclient.MailQuery{Text: "noon"})
	must(t, err)
	if len(f.Hits) != 1 || f.Hits[0].Properties.Find(wbxml.FindDisplayBcc) != nil {
		t.Errorf("whom else somebody has written to: %+v", f)
	}
	f, err = c.Find(t.Context(), "{1}", asclient.MailQuery{Text: "hasattachment:true importance:high"})
	must(t, err)
	if len(f.Hits) != 1 {
		t.Fatalf("%+v", f)
	}
	p := f.Hits[0].Properties
	for tag, want := range map[wbxml.Tag]string{
		wbxml.EmailSubject: "The file", wbxml.EmailDisplayTo: "Rita;bo@example.test", wbxml.FindDisplayCc: "Cy", wbxml.FindDisplayBcc: "Dee",
		wbxml.EmailImportance: "2", wbxml.EmailRead: "0", wbxml.Email2IsDraft: "0", wbxml.FindHasAttachments: "1", wbxml.FindPreview: "See there.",
	} {
		if got := p.Value(tag); got != want {
			t.Errorf("%v %q, want %q", tag, got, want)
		}
	}
}

// TestFindDraft finds a draft that the device wrote anew, under the name by which the device knows it.
func TestFindDraft(t *testing.T) {
	r := newRig(t)
	c := r.client(t, V161)
	drafts := c.FolderByType(asclient.TypeDrafts)
	rec := r.deliver(store.Drafts, lunch)
	for range 2 { // key 0, then the items
		_, err := c.SyncFully(t.Context(), asclient.SyncFolder{Folder: drafts})
		must(t, err)
	}
	known := itemID(rec.Collection, rec.UID)
	if drafts.Items[known] == nil {
		t.Fatalf("items %v", drafts.Items)
	}
	must(t, r.st.Update(t.Context(), r.rita.ID, func(tx store.Tx) error {
		st, _, err := readState(tx, "client", rec.Collection)
		if err != nil {
			return err
		}
		copied, err := tx.Copy(rec.Collection, rec.UID, rec.Collection)
		if err != nil {
			return err
		}
		if err := tx.Remove(rec.Collection, rec.UID); err != nil {
			return err
		}
		st.Names = append(st.Names, knownName{UID: copied.UID, Name: rec.UID})
		return st.write(tx, "client", rec.Collection, r.clock)
	}))
	f, err := c.Find(t.Context(), "{1}", asclient.MailQuery{Text: "noon"})
	if err != nil || len(f.Hits) != 1 || f.Hits[0].ServerID != known {
		t.Errorf("%+v, %v, want %s", f, err, known)
	}
}

// TestPeople searches the address list with both commands.
func TestPeople(t *testing.T) {
	r := newRig(t)
	must(t, r.st.Update(t.Context(), 0, func(tx store.Tx) error {
		for i, name := range []string{"Ann Archer", "anna", "Zoe Annan", "Hidden Anna"} {
			a, err := tx.CreateAccount(store.Account{Name: fmt.Sprintf("p%d@example.test", i), Display: name})
			if err != nil {
				return err
			}
			if err := contacts.WriteProperties(tx, a.ID, contacts.Properties{Phone: "1", Title: "Dr.", MobilePhone: "2"}); err != nil {
				return err
			}
			if i != 1 {
				if err := contacts.WritePhoto(tx, a.ID, photo(t)); err != nil {
					return err
				}
			}
			if err := contacts.SetHidden(tx, a.ID, i == 3); err != nil {
				return err
			}
		}
		return nil
	}))
	r.clock = r.clock.Add(2 * contacts.MaxAge)
	c := r.client(t, V161)
	names := func(f *asclient.Found) string {
		var list []string
		for _, h := range f.Hits {
			list = append(list, h.Properties.Value(wbxml.GALDisplayName))
		}
		return strings.Join(list, ", ")
	}
	for _, search := range []func(text, span string, pictures bool) (*asclient.Found, error){
		func(text, span string, pictures bool) (*asclient.Found, error) {
			return c.SearchPeople(t.Context(), text, span, pictures)
		},
		func(text, span string, pictures bool) (*asclient.Found, error) {
			return c.FindPeople(t.Context(), "{1}", text, span, pictures)
		},
	} {
		f, err := search("ANN", "", false)
		if err != nil || names(f) != "Ann Archer, anna, Zoe Annan" || f.Total != 3 || f.Last != 2 {
			t.Errorf("%s of %d, %v", names(f), f.Total, err)
		}
		if p := f.Hits[0].Properties; p.Value(wbxml.GALPhone) != "1" || p.Value(wbxml.GALEmailAddress) != "p0@example.test" || p.Find(wbxml.GALPicture) != nil || p.Find(wbxml.GALOffice) != nil {
			t.Errorf("properties\n%v", p)
		}
		if p := f.Hits[1].Properties; p.Find(wbxml.GALFirstName) == nil {
			t.Errorf("no FirstName\n%v", p)
		}
		if f, err = search("ann", "1-1", true); err != nil || names(f) != "anna" || f.First != 1 || f.Total != 3 || f.Hits[0].Properties.Value(wbxml.GALPicture, wbxml.GALStatus) != "173" {
			t.Errorf("page: %s, %v", names(f), err)
		}
		if f, err = search("ann", "0-0", true); err != nil || f.Hits[0].Properties.Value(wbxml.GALPicture, wbxml.GALStatus) != "1" || f.Hits[0].Properties.Value(wbxml.GALPicture, wbxml.GALData) == "" {
			t.Errorf("picture: %v, %v", f, err)
		}
	}
	bounded := `Search:Picture;  Search:MaxSize "1000000";  Search:MaxPictures "1"`
	if a := r.do(call{cmd: "Search", version: max(baseVersion, V141), body: searchDoc("GAL", `"ann"`, bounded)}); pictureStatuses(a) != "1 173 175" {
		t.Errorf("statuses %s\n%s", pictureStatuses(a), a.dump)
	}
	small := `Search:Picture;  Search:MaxSize "10"`
	if a := r.do(call{cmd: "Search", version: max(baseVersion, V141), body: searchDoc("GAL", `"ann"`, small)}); pictureStatuses(a) != "174 173 174" {
		t.Errorf("statuses %s\n%s", pictureStatuses(a), a.dump)
	}
	if a := r.do(call{cmd: "Search", version: V140, body: searchDoc("GAL", `"ann"`, small)}); a.has("GAL:Picture") || a.value("Search:Total") != "3" {
		t.Errorf("14.0 has no pictures:\n%s", a.dump)
	}
}

func pictureStatuses(a reply) string {
	var list []string
	for line := range strings.Lines(a.dump) {
		if _, s, ok := strings.Cut(line, "GAL:Status "); ok {
			list = append(list, strings.Trim(s, "\"\n"))
		}
	}
	return strings.Join(list, " ")
}

// TestFindDays holds relative dates against the clock and the zone of the server.
func TestFindDays(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Location = time.FixedZone("", 14*3600) })
	c := r.client(t, V161)
	r.clock = time.Date(2026, 8, 22, 9, 0, 0, 0, time.UTC) // 23:00 there
	r.deliver(store.Inbox, strings.Replace(lunch, "Lunch", "number 1", 1))
	r.clock = time.Date(2026, 8, 22, 11, 0, 0, 0, time.UTC) // 01:00 of the next day there
	r.deliver(store.Inbox, strings.Replace(lunch, "Lunch", "number 2", 1))
	for text, want := range map[string]string{
		"received:today": "2", "received:yesterday": "1", "received:2026-08-22": "1", "received>2026-08-22": "2", "received:this week": "2 1",
	} {
		f, err := c.Find(t.Context(), "{1}", asclient.MailQuery{Text: text})
		if err != nil || subjects(f) != want {
			t.Errorf("%s: %s, %v, want %s", text, subjects(f), err, want)
		}
	}
}

// photo makes a small photo.
func photo(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	must(t, jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 8)), nil))
	return b.Bytes()
}
