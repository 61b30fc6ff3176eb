package model

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gannetmail/gannet/activesync"
)

// contactKind are cards. They have the fields of contactElements, Birthday (a day), Categories and Body.
var contactKind = &kind{name: "Contacts", title: "Last", write: writeContact, read: readContact, show: showContact, say: sayContact,
	merge: mergeContact, invent: inventContact, vary: varyContact, supported: contactSupported}

// contactElements are the fields that are text, and their elements in the order in which they are told.
var contactElements = []struct{ field, element string }{
	{"Work", "Contacts:BusinessPhoneNumber"}, {"Web", "Contacts:WebPage"}, {"Email1", "Contacts:Email1Address"},
	{"Email2", "Contacts:Email2Address"}, {"Email3", "Contacts:Email3Address"}, {"FileAs", "Contacts:FileAs"},
	{"First", "Contacts:FirstName"}, {"Middle", "Contacts:MiddleName"}, {"Home", "Contacts:HomePhoneNumber"},
	{"Mobile", "Contacts:MobilePhoneNumber"}, {"Company", "Contacts:CompanyName"}, {"Last", "Contacts:LastName"},
	{"Job", "Contacts:JobTitle"}, {"Nick", "Contacts2:NickName"},
}

// contactSupported are the elements that a device may say that it manages, by field.
var contactSupported = func() map[string]string {
	m := map[string]string{"Birthday": "Contacts:Birthday", "Categories": "Contacts:Categories"}
	for _, row := range contactElements {
		m[row.field] = row.element
	}
	return m
}()

func writeContact(uid string, f fields) string {
	w := &lineWriter{}
	w.b.WriteString("BEGIN:VCARD\r\nVERSION:4.0\r\nREV:20260822T090000Z\r\n" + rest + "\r\n")
	w.put("UID", uid)
	w.put("FN", escape(strings.Join(strings.Fields(f["First"]+" "+f["Middle"]+" "+f["Last"]), " ")))
	w.put("N", escape(f["Last"])+";"+escape(f["First"])+";"+escape(f["Middle"])+";;")
	w.put("ORG", escape(f["Company"]))
	w.put("TITLE", escape(f["Job"]))
	w.put("NICKNAME", escape(f["Nick"]))
	w.put("URL", f["Web"])
	w.put("X-FILE-AS", escape(f["FileAs"]))
	for _, name := range []string{"Email1", "Email2", "Email3"} {
		w.put("EMAIL", f[name])
	}
	w.put("TEL;TYPE=cell", f["Mobile"])
	w.put("TEL;TYPE=home", f["Home"])
	w.put("TEL;TYPE=work", f["Work"])
	w.put("BDAY", f["Birthday"])
	w.put("CATEGORIES", f["Categories"])
	w.put("NOTE", escape(f["Body"]))
	w.b.WriteString("END:VCARD\r\n")
	return w.b.String()
}

func readContact(raw string) (uid string, f fields, err error) {
	lines, err := readLines(raw)
	if err != nil {
		return "", nil, err
	}
	f = fields{}
	var mails []line
	for _, l := range lines {
		switch l.name {
		case "UID":
			uid = l.text()
		case "N":
			parts := l.parts(';')
			f.put("Last", parts[0])
			f.put("First", parts[1])
			f.put("Middle", parts[2])
		case "ORG":
			f.put("Company", l.parts(';')[0])
		case "TEL":
			f.put(map[string]string{"cell": "Mobile", "home": "Home", "work": "Work"}[strings.ToLower(l.params["TYPE"])], l.text())
		case "BDAY":
			f.put("Birthday", strings.ReplaceAll(l.value, "-", ""))
		case "CATEGORIES":
			f.put("Categories", strings.Join(l.parts(','), ","))
		case "EMAIL":
			mails = append(mails, l)
		case "X-SOMEBODY":
			f.put("Rest", l.value+l.params["X-WITH"])
		case "TITLE", "NICKNAME", "URL", "X-FILE-AS", "NOTE":
			f.put(map[string]string{"TITLE": "Job", "NICKNAME": "Nick", "URL": "Web", "X-FILE-AS": "FileAs", "NOTE": "Body"}[l.name], l.text())
		}
	}
	placeMails(f, mails)
	return uid, f, nil
}

// placeMails puts addresses into their places: the one that they say, else the first that is free.
func placeMails(f fields, mails []line) {
	mails = slices.DeleteFunc(mails, func(l line) bool {
		name, said := strings.CutSuffix(l.params["X-GANNET-SLOT"], "Address")
		if said {
			f[name] = l.text()
		}
		return said
	})
	for _, l := range mails {
		for _, name := range []string{"Email1", "Email2", "Email3"} {
			if f[name] == "" {
				f[name] = l.text()
				break
			}
		}
	}
}

func showContact(f fields, s *shower) []*node {
	f = maps.Clone(f)
	if f["FileAs"] == "" {
		f["FileAs"] = strings.TrimSuffix(f["Last"]+", "+strings.Join(strings.Fields(f["First"]+" "+f["Middle"]), " "), ", ")
	}
	n := el("", givenTime("Contacts:Birthday", f["Birthday"]))
	if s.v >= activesync.V120 {
		n.add(s.body(f["Body"]))
	}
	for _, row := range contactElements {
		n.add(given(row.element, f[row.field]))
	}
	n.add(list("Contacts:Categories", "Contacts:Category", f["Categories"]))
	if s.v < activesync.V120 && f["Body"] != "" {
		n.add(s.oldBody("Contacts", f["Body"], true)...)
	}
	return n.kids
}

func sayContact(v activesync.Version, f fields) []*node {
	n := el("")
	for _, row := range contactElements {
		if text, said := f[row.field]; said {
			n.add(leaf(row.element, text))
		}
	}
	if day, said := f["Birthday"]; said && day == "" {
		n.add(el("Contacts:Birthday"))
	} else {
		n.add(givenTime("Contacts:Birthday", day))
	}
	if joined, said := f["Categories"]; said {
		n.add(orEmpty("Contacts:Categories", "Contacts:Category", joined))
	}
	if text, said := f["Body"]; said {
		n.add(sayBody(v, "Contacts", text))
	}
	return n.kids
}

// mergeContact is a card with what a device says of it. Who says a name says all that it manages, but for the text.
// MS-ASCMD, Supported.
func mergeContact(c *change, old fields) fields {
	f := overlay(old, c.said)
	if c.op == "Add" || c.said["First"]+c.said["Last"]+c.said["Middle"]+c.said["Company"]+c.said["FileAs"] == "" {
		return f
	}
	for name := range contactSupported {
		if _, said := c.said[name]; !said && c.manages(name) {
			delete(f, name)
		}
	}
	return f
}

func inventContact(w *world, n int) fields {
	f := fields{"Last": fmt.Sprintf("Surname %d", n)}
	f.put("First", pick(w, []string{"", "Greta", "Jürgen"}))
	f.put("Middle", pick(w, []string{"", "", "Q."}))
	f.put("Company", pick(w, []string{"", "Gull & Söhne; Harbour"}))
	f.put("Job", pick(w, []string{"", "Pilot, retired"}))
	f.put("Nick", pick(w, []string{"", "", "Gully"}))
	f.put("Web", pick(w, []string{"", "", fmt.Sprintf("https://example.net/%d", n)}))
	f.put("FileAs", pick(w, []string{"", "", fmt.Sprintf("the %dth", n)}))
	for i, name := range []string{"Email1", "Email2", "Email3"} {
		f.put(name, either(w, "", fmt.Sprintf("m%d.%d@example.net", n, i)))
	}
	for i, name := range []string{"Mobile", "Home", "Work"} {
		f.put(name, either(w, "", fmt.Sprintf("+49 40 %d%d", n, i)))
	}
	f.put("Birthday", pick(w, []string{"", "19800517", "20000229"}))
	f.put("Categories", w.list())
	f.put("Body", w.words(n))
	return f
}

// varyContact says all of a card again with some of it changed, or some little of it.
func varyContact(w *world, d *device, f fields, n int) fields {
	other := inventContact(w, n)
	if w.chance(3) {
		said := fields{"Job": fmt.Sprintf("Mate %d", n)}
		for _, name := range []string{"Mobile", "Email1", "Email2", "Birthday", "Body"} {
			if w.chance(3) {
				said[name] = other[name]
			}
		}
		return said
	}
	said := fields{"Last": other["Last"]}
	for _, name := range slices.Sorted(maps.Keys(contactSupported)) {
		from := f
		if w.chance(4) {
			from = other
		}
		if name != "Last" && (from[name] != "" || w.chance(6)) && !w.chance(12) {
			said[name] = from[name]
		}
	}
	if w.chance(3) {
		said["Body"] = other["Body"]
	}
	return said
}
