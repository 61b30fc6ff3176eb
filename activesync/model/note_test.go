package model

import (
	"fmt"

	"github.com/gannetmail/gannet/activesync"
)

// noteKind are notes. They have Subject, Body, Categories and Modified.
var noteKind = &kind{name: "Notes", title: "Subject", write: writeNote, read: readNote, show: showNote, say: sayNote, merge: mergeNote, invent: inventNote, vary: varyNote}

func writeNote(uid string, f fields) string {
	w := &lineWriter{}
	w.b.WriteString(calendarHead + "BEGIN:VJOURNAL\r\nDTSTAMP:20260822T090000Z\r\n" + rest + "\r\n")
	w.put("UID", uid)
	w.put("LAST-MODIFIED", f["Modified"])
	w.put("SUMMARY", escape(f["Subject"]))
	w.put("DESCRIPTION", escape(f["Body"]))
	w.put("CATEGORIES", f["Categories"])
	w.b.WriteString("END:VJOURNAL\r\nEND:VCALENDAR\r\n")
	return w.b.String()
}

func readNote(raw string) (string, fields, error) {
	c, uid, f, err := readSole(raw, "VJOURNAL")
	if err == nil {
		f.put("Modified", c.get("LAST-MODIFIED").value)
	}
	return uid, f, err
}

func showNote(f fields, s *shower) []*node {
	return []*node{leaf("Notes:Subject", f["Subject"]), s.body(f["Body"]), leaf("Notes:MessageClass", "IPM.StickyNote"),
		leaf("Notes:LastModifiedDate", f["Modified"]), list("Notes:Categories", "Notes:Category", f["Categories"])}
}

func sayNote(v activesync.Version, f fields) []*node {
	n := el("", leaf("Notes:Subject", f["Subject"]), leaf("Notes:MessageClass", "IPM.StickyNote"))
	if text, said := f["Body"]; said {
		n.add(sayBody(v, "Notes", text))
	}
	if joined, said := f["Categories"]; said {
		n.add(orEmpty("Notes:Categories", "Notes:Category", joined))
	}
	return n.kids
}

// mergeNote is a note with what a device says of it, as of now.
func mergeNote(c *change, old fields) fields {
	f := overlay(old, c.said)
	f["Modified"] = c.when.Format(instant)
	return f
}

func inventNote(w *world, n int) fields {
	f := fields{"Modified": w.now().Format(instant)}
	f.put("Subject", fmt.Sprintf("note %d", n))
	f.put("Body", w.words(n))
	f.put("Categories", w.list())
	return f
}

func varyNote(w *world, _ *device, f fields, n int) fields {
	other := inventNote(w, n)
	said := fields{"Subject": other["Subject"]}
	for _, name := range []string{"Body", "Categories"} {
		if w.chance(2) {
			said[name] = other[name]
		}
	}
	return said
}
