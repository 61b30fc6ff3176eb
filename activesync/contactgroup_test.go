package activesync

import (
	"strings"
	"testing"

	"github.com/gannetmail/gannet/store"
)

// TestContactGroup shows a list of people, for which ActiveSync has no class, by its name: whatever a phone makes of that,
// the list keeps its members.
func TestContactGroup(t *testing.T) {
	cards := map[string]string{
		"4.0":   "BEGIN:VCARD\nVERSION:4.0\nUID:g1\nKIND:group\nFN:Sailors\nMEMBER:urn:uuid:a\nMEMBER:mailto:olga@example.org\nEND:VCARD\n",
		"Apple": "BEGIN:VCARD\nVERSION:3.0\nUID:g1\nFN:Sailors\nN:Sailors;;;;\nX-ADDRESSBOOKSERVER-KIND:group\nX-ADDRESSBOOKSERVER-MEMBER:urn:uuid:a\nX-ADDRESSBOOKSERVER-MEMBER:mailto:olga@example.org\nEND:VCARD\n",
	}
	for name, card := range cards {
		for _, version := range []Version{V25, V141, V161} {
			r := newRig(t)
			o := r.objects(store.MainCards)
			r.keepCard(card)
			added := o.told("phone1", version).commands("Add")
			if len(added) != 1 {
				t.Fatalf("%s %v: %d contacts", name, version, len(added))
			}
			got, id := added[0].at("AirSync:ApplicationData"), added[0].get("AirSync:ServerId")
			if got.get("Contacts:FileAs") != "Sailors" || got.get("Contacts:Email1Address") != "" {
				t.Errorf("%s %v: %+v", name, version, got)
			}
			for _, said := range [][]string{
				{`Contacts:FileAs "Sailors"`, `Contacts:CompanyName "Harbour"`},
				{`Contacts:FirstName "Old"`, `Contacts:LastName "Sailors"`, `Contacts:Email1Address "crew@example.org"`},
				{`Contacts:FileAs ""`},
			} {
				o.told("phone1", version, changeLines(id, said...)...)
				text := strings.Join(o.stored(), "\n")
				for _, line := range []string{"KIND:group", "MEMBER:urn:uuid:a", "MEMBER:mailto:olga@example.org", "FN:"} {
					if !strings.Contains(text, line) {
						t.Errorf("%s %v: after %v it does not say %s:\n%s", name, version, said, line, text)
					}
				}
			}
		}
	}
}
