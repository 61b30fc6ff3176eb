package activesync

import (
	"encoding/base64"
	"strconv"
	"strings"
	"testing"

	"github.com/gannetmail/gannet/contacts"
	"github.com/gannetmail/gannet/store"
)

// TestContactStory writes a contact on one device, reads it on another that changes it, and looks at it again on the
// first; what an address book on the server has besides stays.
func TestContactStory(t *testing.T) {
	for _, version := range []Version{V25, V121, V141, V160, V161} {
		r := newRig(t)
		o := r.objects(store.MainCards)
		picture := base64.StdEncoding.EncodeToString(photo(t))
		body := []string{"AirSyncBase:Body", `>AirSyncBase:Type "1"`, `>AirSyncBase:Data "one\r\ntwo"`}
		if version < V120 {
			body = []string{`Contacts:Body "one\r\ntwo"`}
		}
		data := append([]string{`Contacts:FirstName "Anna"`, `Contacts:LastName "Berg"`, `Contacts:Email1Address "\"Anna\" <anna@example.test>"`,
			`Contacts:Birthday "1980-03-30T23:00:00.000Z"`, `Contacts:Picture "` + picture + `"`, "Contacts:Categories", `>Contacts:Category "Friends"`,
			`Contacts:HomeAddressStreet "Am Deich 1\r\nHinterhaus"`, `Contacts2:NickName "Änne"`}, body...)
		a := o.told("phone1", version, addLines("n1", data...)...)
		added, status := a.one(t)
		id := added.get("AirSync:ServerId")
		if status != "1" || id == "" {
			t.Fatalf("%s, added:\n%s", version, a.dump)
		}
		b := o.told("phone2", version).commands("Add")
		if len(b) != 1 {
			t.Fatalf("%s: %d contacts", version, len(b))
		}
		got := b[0].at("AirSync:ApplicationData")
		note := got.get("AirSyncBase:Body", "AirSyncBase:Data")
		if version < V120 {
			note = got.get("Contacts:Body")
		}
		for name, want := range map[string]string{
			"Contacts:FileAs": "Berg, Anna", "Contacts:Email1Address": "anna@example.test", "Contacts:Birthday": "1980-03-31T00:00:00.000Z",
			"Contacts:Picture": picture, "Contacts:HomeAddressStreet": "Am Deich 1\r\nHinterhaus", "Contacts2:NickName": "Änne",
		} {
			if got.get(name) != want {
				t.Errorf("%s: %s is %q, want %q", version, name, got.get(name), want)
			}
		}
		if note != "one\r\ntwo" || got.get("Contacts:Categories", "Contacts:Category") != "Friends" {
			t.Errorf("%s: %q\n%+v", version, note, got)
		}
		c := o.told("phone2", version, changeLines(id, `Contacts:FirstName "Anna"`, `Contacts:LastName "Meyer"`, `Contacts:Email1Address "anna@example.test"`,
			`Contacts:Picture ""`)...)
		if len(c.commands("Change")) != 0 {
			t.Errorf("%s: its own change:\n%s", version, c.dump)
		}
		d := o.told("phone1", version).commands("Change")
		if len(d) != 1 {
			t.Fatalf("%s: %d changes", version, len(d))
		}
		got = d[0].at("AirSync:ApplicationData")
		if got.get("Contacts:FileAs") != "Meyer, Anna" || got.get("Contacts:Birthday") != "" || got.get("Contacts:Picture") != "" {
			t.Errorf("%s: changed %+v", version, got)
		}
		if knows, err := (&contacts.Books{Store: r.st}).Knows(t.Context(), r.rita.ID, "anna@example.test"); err != nil || !knows {
			t.Errorf("%s: known %t, %v", version, knows, err)
		}
		if _, status := o.told("phone1", version, changeLines(id, `Contacts:Picture "!"`)...).one(t); status != "6" {
			t.Errorf("%s: a photo that is none: status %s", version, status)
		}
		o.told("phone1", version, ">AirSync:Delete", ">>AirSync:ServerId "+strconv.Quote(id))
		if gone := o.told("phone2", version).commands("Delete"); len(gone) != 1 || len(o.stored()) != 0 {
			t.Errorf("%s: it is still there", version)
		}
	}
}

// TestContactBooks shows further address books to clients that can have them, and to no others.
func TestContactBooks(t *testing.T) {
	r := newRig(t)
	must(t, r.st.Update(t.Context(), r.rita.ID, func(tx store.Tx) error {
		_, err := tx.CreateCollection(store.Collection{Name: "Sailing", Class: store.Contacts})
		return err
	}))
	for agent, want := range map[string]bool{"Apple-iPhone15C2/2104.52": true, "Android/4.4.2-EAS-1.3": false, "Android-Mail/2026.10": true, "Android-SAMSUNG-SM-G990B/101.14": false} {
		a := r.do(call{cmd: "FolderSync", device: strings.ReplaceAll(agent[:9], "/", ""), header: map[string]string{"User-Agent": agent},
			body: lines("FolderHierarchy:FolderSync", `>FolderHierarchy:SyncKey "0"`)})
		if strings.Contains(a.dump, `"Sailing"`) != want || !strings.Contains(a.dump, `"Contacts"`) {
			t.Errorf("%s:\n%s", agent, a.dump)
		}
	}
}

// keepCard puts a card into rita's address book.
func (r *rig) keepCard(raw string) store.Record {
	r.t.Helper()
	item, err := contacts.Ingest(r.t.Context(), r.st, []byte(raw))
	must(r.t, err)
	defer item.Blob.Release()
	item.Class = store.Contacts
	var rec store.Record
	must(r.t, r.st.Update(r.t.Context(), r.rita.ID, func(tx store.Tx) error {
		rec, err = tx.Add(r.folder(store.MainCards).ID, item)
		return err
	}))
	return rec
}

// goldenCard has something in every place.
const goldenCard = `BEGIN:VCARD
VERSION:3.0
UID:anna
FN:Dr. Anna Maria Berg MdB
N:Berg;Anna;Maria;Dr.;MdB
NICKNAME:Änne,Anni
X-PHONETIC-FIRST-NAME:Ana
X-PHONETIC-LAST-NAME:Berk
X-PHONETIC-ORG:Ganet
ORG:Gannet Mail;Research;Birds
TITLE:Engineer
X-OFFICE:3.14
X-MANAGER:Boss
X-ASSISTANT:Otto
X-SPOUSE:Eva
X-CUSTOMER-ID:c1
X-GOVERNMENT-ID:g1
X-ACCOUNT-NAME:a1
RELATED;TYPE=child;VALUE=text:Ida
BDAY:1980-02-29
X-ANNIVERSARY:2001-02-03
EMAIL;TYPE=INTERNET,PREF:anna@example.test
EMAIL:berg@example.test
EMAIL:third@example.test
EMAIL:fourth@example.test
IMPP:xmpp:anna@example.test
X-AIM:anna
X-SKYPE:anna.berg
URL:https://example.test/anna
TEL;TYPE=HOME:1
TEL;TYPE=HOME:2
TEL;TYPE=HOME:3
TEL;TYPE=WORK,VOICE:4
TEL;TYPE=WORK:5
TEL;TYPE=CELL:6
TEL;TYPE=HOME,FAX:7
TEL;TYPE=WORK,FAX:8
TEL;TYPE=PAGER:9
TEL;TYPE=CAR:10
TEL;TYPE=X-RADIO:11
TEL;TYPE=X-ASSISTANT:12
TEL;TYPE=WORK,MAIN:13
TEL;TYPE=X-MMS:14
ADR;TYPE=HOME:;Hinterhaus;Am Deich 1;Emden;NI;26721;Germany
ADR;TYPE=WORK:;;Hafen 2;Kiel;SH;24103;Germany
ADR:;;Strand 3;Juist;;26571;
CATEGORIES:Friends,Birds
NOTE:Two\nlines\, and more
PHOTO;ENCODING=b;TYPE=PNG:iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==
X-UNKNOWN:kept
END:VCARD
`

// TestResolveContacts finds the user's own contacts where the address list does not know.
func TestResolveContacts(t *testing.T) {
	r := newRig(t)
	r.keepCard(goldenCard)
	r.keepCard("BEGIN:VCARD\nVERSION:4.0\nFN:Anna Zimmer\nEMAIL:zimmer@example.org\nEMAIL:" + otto + "\nEND:VCARD\n")
	for _, v := range AllVersions {
		for to, want := range map[string]string{
			"zimmer@example.org": "Status=1 RecipientCount=1 Type=2 DisplayName=Anna Zimmer EmailAddress=zimmer@example.org",
			otto:                 "Status=1 RecipientCount=1 Type=1 DisplayName=Otto EmailAddress=" + otto,
			"zimm":               "Status=2 RecipientCount=2 Type=2 DisplayName=Anna Zimmer EmailAddress=zimmer@example.org Type=2 DisplayName=Anna Zimmer EmailAddress=" + otto,
			"nobody":             "Status=4",
		} {
			got := r.resolve(v, to, "", "Status", "RecipientCount", "Type", "DisplayName", "EmailAddress")
			if !strings.HasSuffix(got, want) {
				t.Errorf("%v: %s: %s, want %s", v, to, got, want)
			}
		}
		got := r.resolve(v, "zimmer@example.org", `RR:CertificateRetrieval "2"`, "Certificates", "CertificateCount")
		if !strings.HasSuffix(got, "CertificateCount=0") {
			t.Errorf("%v: certificates: %s", v, got)
		}
	}
}

// TestResolveContactHere tells the free time of a contact whose address is of this server.
func TestResolveContactHere(t *testing.T) {
	r := newRig(t)
	r.keepCard("BEGIN:VCARD\nVERSION:4.0\nFN:Skipper\nEMAIL:" + otto + "\nEND:VCARD\n")
	r.keepCard("BEGIN:VCARD\nVERSION:4.0\nFN:Stranger\nEMAIL:stranger@example.org\nEND:VCARD\n")
	r.plan(r.otto, "UID:1", "DTSTART:20260822T103000Z", "DTEND:20260822T110000Z")
	when := "RR:Availability\n  RR:StartTime \"2026-08-22T10:00:00.000Z\"\n  RR:EndTime \"2026-08-22T11:00:00.000Z\""
	for to, want := range map[string]string{
		"skipper":  "Type=2 Availability= Status=1 MergedFreeBusy=02",
		"stranger": "Type=2 Availability= Status=163",
	} {
		if got := r.resolve(V161, to, when, "Type", "Availability", "Status", "MergedFreeBusy"); !strings.HasSuffix(got, want) {
			t.Errorf("%s: %s, want %s", to, got, want)
		}
	}
}
