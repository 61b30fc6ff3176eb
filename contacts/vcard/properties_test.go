package vcard

import (
	"slices"
	"strings"
	"testing"
)

// everyProperty is a card with every property and parameter of RFC 6350, and those of RFC 6474, 6715 and 8605.
const everyProperty = `BEGIN:VCARD
VERSION:4.0
UID:urn:uuid:4fbe8971-0bc3-424c-9c26-36c3e1eff6b1
SOURCE:https://example.test/rita.vcf
KIND:individual
XML:<a xmlns="urn:x-test"/>
FN;LANGUAGE=en;ALTID=1:Rita Grün
FN;LANGUAGE=ja;ALTID=1:リタ
N;SORT-AS="Gruen,Rita":Grün;Rita;Maria,Eva;Dr.;jr.
NICKNAME;TYPE=work:Ri,Rita
PHOTO;MEDIATYPE=image/gif:https://example.test/r.gif
BDAY;CALSCALE=gregorian:--0229
BIRTHPLACE:Hamburg
DEATHPLACE:Bremen
DEATHDATE:20700101
ANNIVERSARY:20090808T143000Z
GENDER:F;grrl
ADR;TYPE=home;GEO="geo:53.5,9.9";TZ=Europe/Berlin;LABEL="Pier 1":;;Pier 1;Hamburg;;20459;Germany
TEL;TYPE=work;PREF=1:+49 40 1
TEL;VALUE=uri;TYPE=cell;PID=1.1:tel:+49-170-1;ext=2
EMAIL;TYPE=work;PREF=1:rita@example.test
IMPP;PREF=1:xmpp:rita@example.test
LANG;PREF=1:de
TZ:Europe/Berlin
GEO:geo:53.54,9.98
TITLE:Captain
ROLE:Lead
LOGO;MEDIATYPE=image/png:https://example.test/l.png
ORG;SORT-AS=Harbour:Harbour;Pilots;North
RELATED;TYPE=spouse;VALUE=text:Uwe
RELATED;TYPE=friend:urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6
CATEGORIES:Work,Boats
NOTE;LANGUAGE=en:one\ntwo
PRODID:-//Test//EN
REV:20260101T000000Z
SOUND:https://example.test/r.ogg
CLIENTPIDMAP:1;urn:uuid:53e374d9-337e-4727-8803-a1e9c14e0556
URL:https://example.test/
KEY;TYPE=work;MEDIATYPE=application/pgp-keys:https://example.test/k.asc
FBURL;PREF=1:https://example.test/busy
CALADRURI:mailto:rita@example.test
CALURI;MEDIATYPE=text/calendar:https://example.test/cal
EXPERTISE;LEVEL=expert;INDEX=1:knots
HOBBY;LEVEL=high:sailing
INTEREST;LEVEL=low:tides
ORG-DIRECTORY:https://example.test/all
CONTACT-URI:https://example.test/form
item1.X-OTHER;X-PARAM=a:kept
END:VCARD
`

// TestPropertiesKept reads every property and parameter without a complaint and writes them as they were, also when one of
// them is changed; by 3.0 and back none is lost. RFC 6350, sections 5 and 6.
func TestPropertiesKept(t *testing.T) {
	long := strings.ReplaceAll(everyProperty, "\n", "\r\n")
	c, problems, err := Read(long)
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	unfolded := func(b []byte) string { return strings.ReplaceAll(string(b), "\r\n ", "") }
	if got := unfolded(c.Bytes()); got != long {
		t.Errorf("written:\n%s", got)
	}
	c.SetText("TITLE", "Mate")
	if got, want := unfolded(c.Bytes()), strings.Replace(long, "TITLE:Captain", "TITLE:Mate", 1); got != want {
		t.Errorf("changed:\n%s", got)
	}
	three, _, err := Read(string(c.Bytes3()))
	if err != nil {
		t.Fatal(err)
	}
	for f := range c.Fields() {
		if len(three.All(f.Name())) == 0 {
			t.Errorf("3.0 loses %s:\n%s", f.Name(), c.Bytes3())
		}
		if f.Name() == "ADR" && !slices.Equal(three.Get("ADR").Components(7), f.Components(7)) {
			t.Errorf("3.0 makes %s", three.Get("ADR").Value())
		}
	}
	group, problems, err := Read("BEGIN:VCARD\r\nVERSION:4.0\r\nKIND:group\r\nFN:Crew\r\nMEMBER;PREF=1:mailto:rita@example.test\r\nMEMBER:urn:uuid:1\r\nEND:VCARD\r\n")
	if err != nil || len(problems) > 0 || len(group.All("MEMBER")) != 2 {
		t.Error(err, problems)
	}
	if three, _, err = Read(string(group.Bytes3())); err != nil || len(three.All("MEMBER")) != 2 || three.Get("KIND").Text() != "group" {
		t.Errorf("a group by 3.0: %v\n%s", err, group.Bytes3())
	}
}

// TestBarePicture reads a photo of 3.0 whose ENCODING was forgotten, and lets alone what only looks like one.
func TestBarePicture(t *testing.T) {
	for value, want := range map[string]string{
		"PHOTO:iVBORw0KGgoAAAANSUhEUg==":                     "PHOTO:data:image/png;base64,iVBORw0KGgoAAAANSUhEUg==",
		"PHOTO;TYPE=JPEG:/9j/4AAQSkZJRg==":                   "PHOTO:data:image/jpeg;base64,/9j/4AAQSkZJRg==",
		"PHOTO;VALUE=uri:https://example.test/p":             "PHOTO;VALUE=uri:https://example.test/p",
		"PHOTO:photo":                                        "PHOTO:photo",
		"NOTE:iVBORw0KGgoAAAANSUhEUg==":                      "NOTE:iVBORw0KGgoAAAANSUhEUg==",
		"PHOTO;ENCODING=b;TYPE=PNG:iVBORw0KGgoAAAANSUhEUg==": "PHOTO:data:image/png;base64,iVBORw0KGgoAAAANSUhEUg==",
	} {
		c, _, err := Read("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:a\r\n" + value + "\r\nEND:VCARD\r\n")
		if err != nil || !strings.Contains(string(c.Bytes()), "\r\n"+want+"\r\n") {
			t.Errorf("%s: %v\n%s", value, err, c.Bytes())
		}
	}
}
