package activesync

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/contacts"
	"github.com/gannetmail/gannet/contacts/vcard"
	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/wbxml"
)

// contactText is a card of those lines, as 4.0.
func contactText(t testing.TB, lines ...string) []byte {
	t.Helper()
	c, _, err := vcard.Read("BEGIN:VCARD\r\nVERSION:3.0\r\n" + strings.Join(append(lines, "END:VCARD\r\n"), "\r\n"))
	must(t, err)
	return c.Bytes()
}

// contactForm is that of a device of a version.
func contactForm(v Version) objectForm {
	return objectForm{version: v, user: mail.Address{}, zone: time.UTC, now: time.Date(2026, 11, 24, 13, 0, 0, 0, time.UTC)}
}

// properties are what a device says that says all that it was told, with changes: a nil value leaves a property out.
func properties(c *wire.Contact, changes map[wbxml.Tag]*string) (list []wire.Property) {
	texts := maps.Clone(c.Texts)
	for tag, text := range changes {
		if delete(texts, tag); text != nil {
			texts[tag] = *text
		}
	}
	for tag, text := range texts {
		list = append(list, wire.Property{Tag: tag, Text: text})
	}
	for tag, d := range map[wbxml.Tag]*time.Time{wbxml.ContactsBirthday: c.Birthday, wbxml.ContactsAnniversary: c.Anniversary} {
		if _, changed := changes[tag]; d != nil && !changed {
			list = append(list, wire.Property{Tag: tag, Text: wire.FormatTime(*d)})
		}
	}
	for tags, l := range map[[2]wbxml.Tag]*[]string{
		{wbxml.ContactsCategories, wbxml.ContactsCategory}: c.Categories, {wbxml.ContactsChildren, wbxml.ContactsChild}: c.Children,
	} {
		if _, changed := changes[tags[0]]; l != nil && !changed {
			p := wire.Property{Tag: tags[0]}
			for _, text := range *l {
				p.Children = append(p.Children, wire.Property{Tag: tags[1], Text: text})
			}
			list = append(list, p)
		}
	}
	return list
}

// said is a command of a device that says those properties.
func said(form objectForm, list []wire.Property, body *string) objectCommand {
	c := objectCommand{objectForm: form, SyncCommand: wire.SyncCommand{Op: wire.SyncChange, Properties: list}}
	if body != nil {
		c.Email.Draft = &wire.DraftChange{Body: &wire.DraftBody{Type: wire.BodyText}}
		c.text = func() (string, error) { return *body, nil }
	}
	return c
}

// shownContact is a card as a device of that form sees it.
func shownContact(t testing.TB, raw []byte, form objectForm) *wire.Contact {
	t.Helper()
	data, err := contactClass{}.show(raw, form)
	must(t, err)
	return data.(*wire.Contact)
}

func changedContact(t testing.TB, old []byte, c objectCommand) []byte {
	t.Helper()
	change, err := contactClass{}.change(old, c)
	must(t, err)
	return change.raw
}

// everyText is a text for each property that is text.
func everyText() map[wbxml.Tag]*string {
	all := map[wbxml.Tag]*string{}
	put := func(tag wbxml.Tag, text string) { all[tag] = &text }
	put(wbxml.ContactsFileAs, "by this")
	for _, p := range contactProperties {
		put(p.tag, "a "+slotName(p.tag)+`, b; c\d`)
	}
	for _, k := range contactSlots {
		for _, tag := range k.places {
			put(tag, slotName(tag)+"@example.test")
		}
	}
	for _, parts := range addressParts {
		for i, tag := range parts {
			put(tag, "the "+slotName(tag))
			if i == 0 {
				put(tag, "one "+slotName(tag)+"\r\ntwo")
			}
		}
	}
	return all
}

// TestContactEverything says every property of MS-ASCNTC at every version, and is told just that; then it takes each
// away by itself, by leaving it out and by saying it empty.
func TestContactEverything(t *testing.T) {
	once(t)
	day := time.Date(1980, 2, 29, 0, 0, 0, 0, time.UTC)
	picture := photo(t)
	for _, v := range []Version{V25, V120, V121, V140, V141, V160, V161} {
		form := contactForm(v)
		want := &wire.Contact{Texts: map[wbxml.Tag]string{}, Birthday: &day, Anniversary: &day, Categories: &[]string{"a,b", "c"}, Children: &[]string{"Ida", "Ben"}}
		list := properties(want, everyText())
		list = append(list, wire.Property{Tag: wbxml.ContactsPicture, Text: base64.StdEncoding.EncodeToString(picture)})
		note := "one\r\ntwo"
		raw := changedContact(t, nil, said(form, list, &note))
		got := shownContact(t, raw, form)
		for tag, text := range everyText() {
			if got.Texts[tag] != *text {
				t.Errorf("%s: %s is %q, not %q", v, tag, got.Texts[tag], *text)
			}
		}
		if len(got.Texts) != len(everyText()) || !got.Birthday.Equal(day) || !got.Anniversary.Equal(day) ||
			fmt.Sprint(*got.Categories, *got.Children) != "[a,b c] [Ida Ben]" || !bytes.Equal(*got.Picture, picture) || got.Body == nil {
			t.Errorf("%s: %+v", v, got)
		}
		if again := changedContact(t, raw, said(form, properties(got, nil), &note)); !bytes.Equal(again, raw) {
			t.Errorf("%s: the same makes\n%s\nof\n%s", v, again, raw)
		}
		for tag := range everyText() {
			if tag == wbxml.ContactsFileAs {
				continue
			}
			empty := ""
			for how, text := range map[string]*string{"left out": nil, "empty": &empty} {
				changed := changedContact(t, raw, said(form, properties(got, map[wbxml.Tag]*string{tag: text}), nil))
				left := shownContact(t, changed, form)
				rest := maps.Clone(got.Texts)
				delete(rest, tag)
				if !maps.Equal(left.Texts, rest) {
					t.Errorf("%s: %s %s: %v", v, tag, how, differing(rest, left.Texts))
				}
			}
		}
		partial := []wire.Property{{Tag: wbxml.ContactsMobilePhoneNumber, Text: "1"}, {Tag: wbxml.ContactsBirthday}}
		left := shownContact(t, changedContact(t, raw, said(form, partial, nil)), form)
		if len(left.Texts) != len(got.Texts) || left.Texts[wbxml.ContactsMobilePhoneNumber] != "1" || left.Birthday != nil || left.Anniversary == nil {
			t.Errorf("%s: a part of a contact takes away: %v", v, differing(got.Texts, left.Texts))
		}
	}
}

// differing lists what is not the same in two sets of texts.
func differing(a, b map[wbxml.Tag]string) (list []string) {
	for tag := range a {
		if a[tag] != b[tag] {
			list = append(list, fmt.Sprintf("%s %q→%q", tag, a[tag], b[tag]))
		}
	}
	for tag := range b {
		if _, known := a[tag]; !known {
			list = append(list, fmt.Sprintf("%s →%q", tag, b[tag]))
		}
	}
	slices.Sort(list)
	return list
}

// TestContactSupported leaves out properties that a device manages, and others.
func TestContactSupported(t *testing.T) {
	raw := contactText(t, "FN:Anna Berg", "N:Berg;Anna", "TEL;TYPE=CELL:1", "NICKNAME:An", "BDAY:1980-01-02", "CATEGORIES:a", "NOTE:n",
		"PHOTO;ENCODING=b;TYPE=JPEG:"+base64.StdEncoding.EncodeToString(photo(t)), "ADR;TYPE=HOME:;;s;c")
	name := []wire.Property{{Tag: wbxml.ContactsLastName, Text: "Berg"}, {Tag: wbxml.ContactsFirstName, Text: "Anna"}}
	noPicture := append(slices.Clone(name), wire.Property{Tag: wbxml.ContactsPicture})
	tests := []struct {
		what      string
		supported []wbxml.Tag
		ghosts    bool
		quirks    quirks
		list      []wire.Property
		want      string // what is left
	}{
		{"no Supported", nil, false, 0, name, "note picture"},
		{"empty Supported", nil, true, 0, name, "mobile nick birthday categories note picture city"},
		{"some", []wbxml.Tag{wbxml.ContactsMobilePhoneNumber, wbxml.ContactsBirthday}, true, 0, name, "nick categories note picture city"},
		{"all but the picture", []wbxml.Tag{wbxml.ContactsMobilePhoneNumber, wbxml.ContactsBirthday}, true, 0, noPicture, "nick categories note picture city"},
		{"with the picture", []wbxml.Tag{wbxml.ContactsPicture}, true, emptyPicture, noPicture, "mobile nick birthday categories note city"},
		{"an empty picture", nil, false, 0, noPicture, "note"},
		{"an empty picture of iOS", nil, false, emptyPicture, noPicture, "note picture"},
	}
	for _, v := range []Version{V25, V141, V161} {
		for _, test := range tests {
			form := contactForm(v)
			form.supported, form.ghosts, form.quirks = test.supported, test.ghosts, test.quirks
			c := shownContact(t, changedContact(t, raw, said(form, test.list, nil)), form)
			var got []string
			for _, one := range []struct {
				there bool
				name  string
			}{
				{c.Texts[wbxml.ContactsMobilePhoneNumber] != "", "mobile"}, {c.Texts[wbxml.Contacts2NickName] != "", "nick"}, {c.Birthday != nil, "birthday"},
				{c.Categories != nil, "categories"}, {c.Body != nil && c.Body.Size > 0, "note"}, {c.Picture != nil, "picture"},
				{c.Texts[wbxml.ContactsHomeAddressCity] != "", "city"},
			} {
				if one.there {
					got = append(got, one.name)
				}
			}
			if strings.Join(got, " ") != test.want {
				t.Errorf("%s, %s: %q is left, not %q", v, test.what, got, test.want)
			}
		}
	}
}

// TestContactPlaces shows which value is in which place, and that it stays there when others come and go.
func TestContactPlaces(t *testing.T) {
	form := contactForm(V161)
	tests := []struct {
		name, lines, want string
	}{
		{"preferred first", "EMAIL:a@x|EMAIL;TYPE=PREF:b@x|EMAIL:c@x|EMAIL:d@x", "Email1Address=b@x Email2Address=a@x Email3Address=c@x"},
		{"types", "TEL;TYPE=HOME:1|TEL;TYPE=WORK,VOICE:2|TEL;TYPE=CELL:3|TEL;TYPE=HOME,FAX:4|TEL;TYPE=FAX:5|TEL;TYPE=PAGER:6|TEL;TYPE=CAR:7",
			"BusinessFaxNumber=5 BusinessPhoneNumber=2 CarPhoneNumber=7 HomeFaxNumber=4 HomePhoneNumber=1 MobilePhoneNumber=3 PagerNumber=6"},
		{"three at home", "TEL;TYPE=HOME:1|TEL;TYPE=HOME:2|TEL;TYPE=HOME:3", "Home2PhoneNumber=2 HomePhoneNumber=1"},
		{"of no kind", "TEL:1|TEL;TYPE=CELL:2|TEL;TYPE=CELL:3|TEL;VALUE=uri:tel:+4;ext=5", "BusinessPhoneNumber=3 HomePhoneNumber=1 MobilePhoneNumber=2 Home2PhoneNumber=+4 x5"},
		{"messengers", "IMPP:xmpp:a@x|X-JABBER:a@x|X-AIM:b|IMPP;X-SERVICE-TYPE=Skype:skype:c", "IMAddress=a@x IMAddress2=c IMAddress3=b"},
		{"addresses", "ADR:;;s;c|ADR;TYPE=HOME:;;h|ADR;TYPE=WORK:po;ext;w", "HomeAddressStreet=h BusinessAddressStreet=w\r\next\r\npo OtherAddressStreet=s OtherAddressCity=c"},
		{"said", "EMAIL;X-GANNET-SLOT=Email3Address:a@x|EMAIL:b@x|EMAIL;X-GANNET-SLOT=none:c@x", "Email3Address=a@x Email1Address=b@x"},
	}
	for _, test := range tests {
		raw := contactText(t, append(strings.Split(test.lines, "|"), "FN:A", "N:A")...)
		c := shownContact(t, raw, form)
		delete(c.Texts, wbxml.ContactsFileAs)
		delete(c.Texts, wbxml.ContactsLastName)
		want := map[string]string{}
		for _, word := range strings.Split(test.want, " ") {
			if name, text, ok := strings.Cut(word, "="); ok {
				want[name] = text
			} else {
				want["Home2PhoneNumber"] += " " + word
			}
		}
		got := map[string]string{}
		for tag, text := range c.Texts {
			got[slotName(tag)] = text
		}
		if !maps.Equal(got, want) {
			t.Errorf("%s: %v, want %v", test.name, got, want)
		}
	}
}

// TestContactPlacesStay takes values away, adds and exchanges them, and shows which fields are left.
func TestContactPlacesStay(t *testing.T) {
	raw := contactText(t, "FN:A", "N:A", "EMAIL;TYPE=work:a@x", "EMAIL;TYPE=home:b@x", "EMAIL:c@x", "EMAIL;X-P=1:d@x", "TEL;TYPE=home:1", "TEL;TYPE=home:2", "TEL;TYPE=home:3")
	for _, v := range []Version{V141, V161} {
		form := contactForm(v)
		tests := []struct {
			what    string
			changes map[wbxml.Tag]string // empty: left out
			fields  string               // e-mail addresses and numbers in the card
			told    string               // the first three e-mail addresses, and the two numbers
		}{
			{"the second goes", map[wbxml.Tag]string{wbxml.ContactsEmail2Address: ""}, "work a@x|- c@x|- d@x|home 1|home 2|home 3", "a@x  c@x 1 2"},
			{"the first goes, the others follow", map[wbxml.Tag]string{wbxml.ContactsEmail1Address: "b@x", wbxml.ContactsEmail2Address: "c@x", wbxml.ContactsEmail3Address: ""},
				"home b@x|- c@x|- d@x|home 1|home 2|home 3", "b@x c@x  1 2"},
			{"two are exchanged", map[wbxml.Tag]string{wbxml.ContactsEmail1Address: "b@x", wbxml.ContactsEmail2Address: "a@x"},
				"work a@x|home b@x|- c@x|- d@x|home 1|home 2|home 3", "b@x a@x c@x 1 2"},
			{"one is another", map[wbxml.Tag]string{wbxml.ContactsEmail1Address: `"A" <new@x>`}, "work new@x|home b@x|- c@x|- d@x|home 1|home 2|home 3", "new@x b@x c@x 1 2"},
			{"a number goes", map[wbxml.Tag]string{wbxml.ContactsHomePhoneNumber: ""}, "work a@x|home b@x|- c@x|- d@x|home 2|home 3", "a@x b@x c@x  2"},
			{"all go", map[wbxml.Tag]string{wbxml.ContactsEmail1Address: "", wbxml.ContactsEmail2Address: "", wbxml.ContactsEmail3Address: "", wbxml.ContactsHomePhoneNumber: "", wbxml.ContactsHome2PhoneNumber: ""},
				"- d@x|home 3", "    "},
		}
		for _, test := range tests {
			changes := map[wbxml.Tag]*string{}
			for tag, text := range test.changes {
				if changes[tag] = &text; text == "" {
					changes[tag] = nil
				}
			}
			out := changedContact(t, raw, said(form, properties(shownContact(t, raw, form), changes), nil))
			c, _, err := vcard.Read(string(out))
			must(t, err)
			var fields []string
			for _, f := range slices.Concat(c.All("EMAIL"), c.All("TEL")) {
				kind := f.Param("TYPE")
				if kind == "" {
					kind = "-"
				}
				fields = append(fields, kind+" "+f.Text())
			}
			told := shownContact(t, out, form)
			var texts []string
			for _, tag := range []wbxml.Tag{wbxml.ContactsEmail1Address, wbxml.ContactsEmail2Address, wbxml.ContactsEmail3Address, wbxml.ContactsHomePhoneNumber, wbxml.ContactsHome2PhoneNumber} {
				texts = append(texts, told.Texts[tag])
			}
			if got := strings.Join(fields, "|"); got != test.fields || strings.Join(texts, " ") != test.told {
				t.Errorf("%s, %s: %s, told %q, want %s, told %q", v, test.what, got, texts, test.fields, test.told)
			}
			if again := changedContact(t, out, said(form, properties(told, nil), nil)); !bytes.Equal(again, out) {
				t.Errorf("%s, %s: the same makes\n%s\nof\n%s", v, test.what, again, out)
			}
		}
	}
}

// TestContactNames changes names, and shows what becomes of the display name and of FileAs.
func TestContactNames(t *testing.T) {
	text := func(s string) *string { return &s }
	tests := []struct {
		what, lines string
		changes     map[wbxml.Tag]*string
		fn, fileAs  string
	}{
		{"another last name", "FN:Anna Berg|N:Berg;Anna", map[wbxml.Tag]*string{wbxml.ContactsLastName: text("Meyer")}, "Anna Meyer", "Meyer, Anna"},
		{"FileAs left out", "FN:Anna Berg|N:Berg;Anna", map[wbxml.Tag]*string{wbxml.ContactsFileAs: nil}, "Anna Berg", "Berg, Anna"},
		{"another FileAs", "FN:Anna Berg|N:Berg;Anna", map[wbxml.Tag]*string{wbxml.ContactsFileAs: text("Änne")}, "Anna Berg", "Änne"},
		{"FileAs of the user, another last name", "FN:Anna Berg|N:Berg;Anna|X-FILE-AS:Änne", map[wbxml.Tag]*string{wbxml.ContactsLastName: text("Meyer")}, "Anna Meyer", "Änne"},
		{"a display name of one's own", "FN:Tante Anna|N:Berg;Anna", map[wbxml.Tag]*string{wbxml.ContactsJobTitle: text("x")}, "Tante Anna", "Berg, Anna"},
		{"a company", "FN:Gannet|ORG:Gannet", map[wbxml.Tag]*string{wbxml.ContactsCompanyName: text("Gull")}, "Gull", "Gull"},
		{"only a display name", "FN:Anna Berg", map[wbxml.Tag]*string{wbxml.ContactsMobilePhoneNumber: text("1")}, "Anna Berg", "Berg, Anna"},
	}
	for _, test := range tests {
		raw, form := contactText(t, strings.Split(test.lines, "|")...), contactForm(V141)
		out := changedContact(t, raw, said(form, properties(shownContact(t, raw, form), test.changes), nil))
		c, _, err := vcard.Read(string(out))
		must(t, err)
		if c.Text("FN") != test.fn || contacts.FileAs(c) != test.fileAs {
			t.Errorf("%s: %q, %q, want %q, %q", test.what, c.Text("FN"), contacts.FileAs(c), test.fn, test.fileAs)
		}
	}
	for want, list := range map[string][]wire.Property{
		"Berg, Anna":     {{Tag: wbxml.ContactsFirstName, Text: "Anna"}, {Tag: wbxml.ContactsLastName, Text: "Berg"}},
		"Gannet":         {{Tag: wbxml.ContactsCompanyName, Text: "Gannet"}},
		"a@example.test": {{Tag: wbxml.ContactsEmail1Address, Text: "a@example.test"}},
		"+49 1":          {{Tag: wbxml.ContactsMobilePhoneNumber, Text: "+49 1"}},
		"Two Words":      {{Tag: wbxml.ContactsFileAs, Text: "Two Words"}},
		"?":              {},
	} {
		form := contactForm(V161)
		raw := changedContact(t, nil, said(form, list, nil))
		got := shownContact(t, raw, form)
		if got.Texts[wbxml.ContactsFileAs] != want {
			t.Errorf("%v: %v", list, got.Texts)
		}
		for _, p := range list {
			delete(got.Texts, p.Tag)
		}
		if delete(got.Texts, wbxml.ContactsFileAs); len(got.Texts) != 0 {
			t.Errorf("%v: told besides %v", list, got.Texts)
		}
	}
}

// TestContactDays says days from zones all over the world, in the ways of several clients.
func TestContactDays(t *testing.T) {
	want := vcard.Date{Year: 1980, Month: 3, Day: 30}
	for _, zone := range []string{"Etc/GMT+12", "Pacific/Pago_Pago", "America/Los_Angeles", "America/Sao_Paulo", "UTC", "Europe/Berlin", "Asia/Kathmandu",
		"Asia/Tokyo", "Australia/Lord_Howe", "Pacific/Auckland", "Pacific/Chatham", "Pacific/Tongatapu", "Etc/GMT-14"} {
		loc, err := time.LoadLocation(zone)
		must(t, err)
		form := contactForm(V141)
		form.zone = loc
		for what, at := range map[string]time.Time{
			"the beginning of the day": time.Date(1980, 3, 30, 0, 0, 0, 0, loc), "that of UTC": time.Date(1980, 3, 30, 0, 0, 0, 0, time.UTC),
			"almost noon": time.Date(1980, 3, 30, 11, 59, 0, 0, time.UTC), "eight": time.Date(1980, 3, 30, 8, 0, 0, 0, time.UTC),
		} {
			if got := contactDay(at, form); got != want {
				t.Errorf("%s in %s (%s): %v", what, zone, at.UTC(), got)
			}
		}
		form.quirks = dayAtNoon
		if got := contactDay(time.Date(1980, 3, 30, 12, 0, 0, 0, time.UTC), form); got != want {
			t.Errorf("noon in %s: %v", zone, got)
		}
		for quirk, hour := range map[quirks]int{0: 0, dayAtEight: 8, dayAtEleven: 11, dayAtNoon: 0} {
			form.quirks = quirk
			c, _, err := vcard.Read(string(contactText(t, "FN:A", "BDAY:1980-03-30")))
			must(t, err)
			if at := showDate(c, contacts.Birthday, form); at.Hour() != hour || contactDay(*at, form) != want {
				t.Errorf("in %s it is told as %s, which is %v", zone, at, contactDay(*at, form))
			}
		}
	}
	form := contactForm(V161)
	c := shownContact(t, contactText(t, "FN:A", "BDAY;X-APPLE-OMIT-YEAR=1604:1604-02-29", "ANNIVERSARY:sometime"), form)
	if got := c.Birthday.Format(time.DateOnly); got != "1604-02-29" || c.Anniversary != nil {
		t.Errorf("without a year: %s, %v", got, c.Anniversary)
	}
}

func TestContactRefused(t *testing.T) {
	form := contactForm(V161)
	for what, p := range map[string]wire.Property{
		"a long photo": {Tag: wbxml.ContactsPicture, Text: strings.Repeat("A", wire.MaxContactPicture+4)},
		"no photo":     {Tag: wbxml.ContactsPicture, Text: "aGVsbG8="},
		"half a photo": {Tag: wbxml.ContactsPicture, Text: base64.StdEncoding.EncodeToString(photo(t)[:30])},
		"no base64":    {Tag: wbxml.ContactsPicture, Text: "!"},
		"no date":      {Tag: wbxml.ContactsBirthday, Text: "in May"},
	} {
		_, err := contactClass{}.change(nil, said(form, []wire.Property{p}, nil))
		var status *statusError
		if !errors.As(err, &status) || status.status != syncConversion {
			t.Errorf("%s: %v", what, err)
		}
	}
	if data := (contactClass{}).blank(form); reflect.ValueOf(data).IsNil() {
		t.Error("no blank")
	}
	if _, err := (contactClass{}).show([]byte("hello"), form); err == nil {
		t.Error("text is shown")
	}
}
