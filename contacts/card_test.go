package contacts

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/contacts/vcard"
	"github.com/gannetmail/gannet/store"
)

// cardOf reads a card of those lines.
func cardOf(t testing.TB, lines ...string) *vcard.Card {
	t.Helper()
	c, _, err := vcard.Read("BEGIN:VCARD\r\nVERSION:3.0\r\n" + strings.Join(append(lines, "END:VCARD\r\n"), "\r\n"))
	must(t, err)
	return c
}

func TestNames(t *testing.T) {
	tests := []struct {
		lines  string
		name   Name
		fileAs string
	}{
		{"FN:Dr. Anna Berg|N:Berg;Anna;Maria;Dr.;MdB", Name{"Dr.", "Anna", "Maria", "Berg", "MdB"}, "Berg, Anna Maria"},
		{"FN:Anna Berg", Name{First: "Anna", Last: "Berg"}, "Berg, Anna"},
		{"FN:Berg, Anna", Name{First: "Anna", Last: "Berg"}, "Berg, Anna"},
		{"FN:Anna|N:;;;;", Name{First: "Anna"}, "Anna"},
		{"FN:Gannet Mail|ORG:Gannet Mail;Sales", Name{}, "Gannet Mail"},
		{"FN:Gannet Mail|X-ABSHOWAS:COMPANY|ORG:Gannet", Name{}, "Gannet"},
		{"FN:Friends of Anna|X-ADDRESSBOOKSERVER-KIND:group", Name{}, "Friends of Anna"},
		{"EMAIL:anna@example.test", Name{}, "anna@example.test"},
		{"NICKNAME:Änne", Name{}, "Änne"},
		{"TEL:+49 1", Name{}, "+49 1"},
		{"FN:Anna Berg|X-FILE-AS:Anna", Name{First: "Anna", Last: "Berg"}, "Anna"},
		{"NOTE:nobody", Name{}, "?"},
	}
	for _, test := range tests {
		c := cardOf(t, strings.Split(test.lines, "|")...)
		if got := NameOf(c); got != test.name || FileAs(c) != test.fileAs {
			t.Errorf("%s: %+v, %q, want %+v, %q", test.lines, got, FileAs(c), test.name, test.fileAs)
		}
		before := string(c.Bytes())
		SetName(c, NameOf(c))
		SetFileAs(c, FileAs(c))
		if string(c.Bytes()) != before {
			t.Errorf("%s: the same name makes it\n%s", test.lines, c.Bytes())
		}
	}
	c := cardOf(t, "FN:Anna Berg", "N;SORT-AS=Berg:Berg;Anna", "X-FILE-AS:Anna")
	SetName(c, Name{First: "Anna", Last: "Meyer"})
	if c.Text("FN") != "Anna Meyer" || c.Get("N").Param("SORT-AS") != "" || FileAs(c) != "Anna" {
		t.Errorf("another name:\n%s", c.Bytes())
	}
	SetFileAs(c, "Meyer, Anna")
	if c.Get("X-FILE-AS") != nil || FileAs(c) != "Meyer, Anna" {
		t.Errorf("FileAs as it is made:\n%s", c.Bytes())
	}
}

func TestAttributes(t *testing.T) {
	texts := []struct {
		a           Attribute
		lines, want string
	}{
		{Spouse, "X-SPOUSE:Otto", "Otto"},
		{Spouse, "RELATED;TYPE=spouse;VALUE=text:Otto", "Otto"},
		{Spouse, "RELATED;TYPE=spouse:urn:uuid:1|X-MS-SPOUSE:Otto", "Otto"},
		{Spouse, "item1.X-ABRELATEDNAMES:Otto|item1.X-ABLabel:_$!<Spouse>!$_|item2.X-ABRELATEDNAMES:Eva|item2.X-ABLabel:_$!<Mother>!$_", "Otto"},
		{Manager, "X-EVOLUTION-MANAGER:Boss", "Boss"},
		{WebPage, "URL:http://a.test/,b", "http://a.test/,b"},
		{Office, "X-OFFICE:  3.14 ", "3.14"},
	}
	for _, test := range texts {
		lines := append(strings.Split(test.lines, "|"), "FN:A", "X-UNKNOWN;X-P=1:kept")
		c := cardOf(t, lines...)
		before := string(c.Bytes())
		if got := test.a.Text(c); got != test.want {
			t.Errorf("%s: %q", test.lines, got)
		}
		if test.a.SetText(c, test.want); string(c.Bytes()) != before {
			t.Errorf("%s: the same text makes it\n%s", test.lines, c.Bytes())
		}
		if test.a.SetText(c, "a, b; c"); test.a.Text(c) != "a, b; c" {
			t.Errorf("%s: %q", test.lines, test.a.Text(c))
		}
		test.a.SetText(c, "")
		if test.a.Text(c) != "" || strings.Contains(string(c.Bytes()), "Spouse>") || !strings.Contains(string(c.Bytes()), "X-UNKNOWN;X-P=1:kept") {
			t.Errorf("%s: taken away\n%s", test.lines, c.Bytes())
		}
		if test.a.SetText(c, "new"); test.a.Text(c) != "new" {
			t.Errorf("%s: %q", test.lines, test.a.Text(c))
		}
	}
	for _, lines := range []string{"ANNIVERSARY:2001-02-03", "X-ANNIVERSARY:20010203", "item1.X-ABDATE:2001-02-03|item1.X-ABLabel:_$!<Anniversary>!$_", "ANNIVERSARY:in May|X-MS-ANNIVERSARY:20010203"} {
		c := cardOf(t, append(strings.Split(lines, "|"), "FN:A")...)
		before := string(c.Bytes())
		d, ok := Anniversary.Date(c)
		if !ok || d != (vcard.Date{Year: 2001, Month: 2, Day: 3}) {
			t.Errorf("%s: %v", lines, d)
		}
		if Anniversary.SetDate(c, d); string(c.Bytes()) != before {
			t.Errorf("%s: the same date makes it\n%s", lines, c.Bytes())
		}
		Anniversary.SetDate(c, vcard.Date{Month: 2, Day: 29})
		if d, _ = Anniversary.Date(c); d != (vcard.Date{Month: 2, Day: 29}) {
			t.Errorf("%s: %v", lines, d)
		}
		Anniversary.SetDate(c, vcard.Date{})
		if _, ok := Anniversary.Date(c); ok {
			t.Errorf("%s: taken away\n%s", lines, c.Bytes())
		}
	}
	c := cardOf(t, "FN:A", "X-CHILD:Ida", "CATEGORIES:a,b", "CATEGORIES:b,c")
	SetChildren(c, []string{"Ida", "Ben"})
	if got := fmt.Sprint(Children(c)); got != "[Ben Ida]" || !strings.Contains(string(c.Bytes()), "X-CHILD:Ida") {
		t.Errorf("children %s", got)
	}
	if got := fmt.Sprint(Categories(c)); got != "[a b c]" {
		t.Errorf("categories %s", got)
	}
	before := string(c.Bytes())
	if SetCategories(c, []string{"a", "b", "c"}); string(c.Bytes()) != before {
		t.Errorf("the same categories make it\n%s", c.Bytes())
	}
	if SetCategories(c, []string{"x,y"}); fmt.Sprint(Categories(c)) != "[x,y]" || len(c.All("CATEGORIES")) != 1 {
		t.Errorf("other categories:\n%s", c.Bytes())
	}
}

func TestPictures(t *testing.T) {
	noise, dice := image.NewGray(image.Rect(0, 0, 600, 500)), rand.New(rand.NewPCG(1, 2))
	for i := range noise.Pix {
		noise.Pix[i] = byte(dice.UintN(256))
	}
	var raw bytes.Buffer
	must(t, png.Encode(&raw, noise))
	c := cardOf(t, "FN:A")
	must(t, SetPicture(c, raw.Bytes()))
	if !bytes.Equal(Picture(c), raw.Bytes()) {
		t.Error("the picture is another one")
	}
	small, err := SmallPicture(Picture(c), 36<<10)
	if err != nil || len(small) > 36<<10 || !bytes.HasPrefix(small, []byte("\xFF\xD8\xFF")) {
		t.Fatalf("%d bytes, %v", len(small), err)
	}
	if again, err := SmallPicture(small, 36<<10); err != nil || !bytes.Equal(again, small) {
		t.Errorf("made smaller again: %v", err)
	}
	if err := SetPicture(c, []byte("hello")); err == nil || Picture(c) == nil {
		t.Error("text is a picture")
	}
	if must(t, SetPicture(c, nil)); Picture(c) != nil {
		t.Error("the picture is still there")
	}
}

func TestBooks(t *testing.T) {
	w := newCompany(t)
	acct, other := w.hire("rita", "Rita"), w.hire("otto", "Otto")
	books := &Books{Store: w.Store}
	add := func(lines ...string) store.NewItem {
		item, err := IngestCard(t.Context(), w.Store, cardOf(t, lines...))
		must(t, err)
		defer item.Blob.Release()
		must(t, w.Store.Update(t.Context(), acct, func(tx store.Tx) error {
			book, err := tx.CollectionByRole(store.MainCards)
			if err != nil {
				return err
			}
			item.Class = store.Contacts
			_, err = tx.Add(book.ID, item)
			return err
		}))
		return item
	}
	item := add("UID:one", "FN:Anna Berg", "N:Berg;Anna", "EMAIL:Anna.Berg@Example.Test", `EMAIL:"Anna" <anna@bücher.test>`, "NOTE:Müller knows her")
	if item.Key != "one" || !item.Received.Equal(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("key %q, received %s", item.Key, item.Received)
	}
	if nameless := add("FN:Änne Zimmer", "EMAIL:xanna.berg@example.test"); !strings.HasPrefix(nameless.Key, "urn:uuid:") {
		t.Errorf("key %q", nameless.Key)
	}
	for addr, want := range map[string]bool{
		"anna.berg@example.test": true, "anna@xn--bcher-kva.test": true, "anna@bücher.test": true, "berg@example.test": false,
		"xanna.berg@example.test": true, "no address": false, "": false,
	} {
		if got, err := books.Knows(t.Context(), acct, addr); err != nil || got != want {
			t.Errorf("knows %q: %t, %v", addr, got, err)
		}
		if got, err := books.Knows(t.Context(), other, addr); err != nil || got {
			t.Errorf("somebody else knows %q: %t, %v", addr, got, err)
		}
	}
	for text, want := range map[string]string{
		"ann":     "Anna Berg Anna.Berg@Example.Test, Anna Berg anna@bücher.test, Änne Zimmer xanna.berg@example.test",
		"anna be": "Anna Berg Anna.Berg@Example.Test, Anna Berg anna@bücher.test",
		"zimm":    "Änne Zimmer xanna.berg@example.test", "anne": "Änne Zimmer xanna.berg@example.test", "müller": "", "": "",
		"Anna <anna.berg@example.test>": "Anna Berg anna.berg@example.test",
	} {
		people, total, err := books.Resolve(t.Context(), acct, text, 10)
		var got []string
		for _, p := range people {
			got = append(got, p.Display+" "+p.Address)
		}
		if err != nil || strings.Join(got, ", ") != want || total != len(people) {
			t.Errorf("%q: %q of %d, %v, want %q", text, got, total, err, want)
		}
	}
	if people, total, err := books.Resolve(t.Context(), acct, "ann", 1); err != nil || len(people) != 1 || total != 3 {
		t.Errorf("bounded: %v of %d, %v", people, total, err)
	}
}
