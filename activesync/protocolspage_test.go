package activesync

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/gannetmail/gannet/wbxml"
)

// Properties and parameters of RFC 5545, sections 3.2, 3.7 and 3.8, and of RFC 6350, sections 5 and 6.
const (
	calendarNames = `ALTREP CN CUTYPE DELEGATED-FROM DELEGATED-TO DIR ENCODING FMTTYPE FBTYPE LANGUAGE MEMBER PARTSTAT RANGE RELATED RELTYPE ROLE
		RSVP SENT-BY TZID VALUE CALSCALE METHOD PRODID VERSION ATTACH CATEGORIES CLASS COMMENT DESCRIPTION GEO LOCATION PERCENT-COMPLETE PRIORITY
		RESOURCES STATUS SUMMARY COMPLETED DTEND DUE DTSTART DURATION FREEBUSY TRANSP TZNAME TZOFFSETFROM TZOFFSETTO TZURL ATTENDEE CONTACT
		ORGANIZER RECURRENCE-ID RELATED-TO URL UID EXDATE RDATE RRULE ACTION REPEAT TRIGGER CREATED DTSTAMP LAST-MODIFIED SEQUENCE REQUEST-STATUS`
	cardNames = `LANGUAGE VALUE PREF ALTID PID TYPE MEDIATYPE CALSCALE SORT-AS GEO TZ BEGIN END SOURCE KIND XML FN N NICKNAME PHOTO BDAY ANNIVERSARY
		GENDER ADR TEL EMAIL IMPP LANG TITLE ROLE LOGO ORG MEMBER RELATED CATEGORIES NOTE PRODID REV SOUND UID CLIENTPIDMAP URL VERSION KEY FBURL
		CALADRURI CALURI`
)

// TestProtocolsPage checks that docs/protocols.md speaks of every element of the classes and of every property of the
// formats that they are stored in, and that the files and the tests which it names for them are there.
func TestProtocolsPage(t *testing.T) {
	raw, err := os.ReadFile("../docs/protocols.md")
	if err != nil {
		t.Fatal(err)
	}
	sections := map[string]string{}
	for part := range strings.SplitSeq(string(raw), "\n## ") {
		title, text, _ := strings.Cut(part, "\n")
		sections[title] = text
	}
	for number, title := range map[uint8]string{1: "MS-ASCNTC", 4: "MS-ASCAL", 9: "MS-ASTASK", 12: "MS-ASCNTC", 23: "MS-ASNOTE"} {
		for _, name := range wbxml.LookupPage(number).Tags {
			if name != "" && !hasWord(sections[title], name) {
				t.Errorf("%s says nothing of %s", title, name)
			}
		}
	}
	for title, names := range map[string]string{
		"RFC 5545 iCalendar": calendarNames, "RFC 6350 vCard": cardNames, "RFC 5546 iTIP": "PUBLISH REQUEST REPLY ADD CANCEL REFRESH COUNTER DECLINECOUNTER VFREEBUSY VTODO VJOURNAL",
	} {
		for name := range strings.FieldsSeq(names) {
			if !hasWord(sections[title], name) {
				t.Errorf("%s says nothing of %s", title, name)
			}
		}
	}
	files, tests := sourceNames(t)
	for _, title := range []string{"MS-ASCAL", "MS-ASCNTC", "MS-ASTASK", "MS-ASNOTE", "MS-ASMS", "RFC 5545 iCalendar", "RFC 5546 iTIP", "RFC 6047 iMIP", "RFC 6350 vCard"} {
		if sections[title] == "" {
			t.Errorf("no %s", title)
		}
		for _, name := range regexp.MustCompile(`[\w./-]+\.(?:go|txtar)`).FindAllString(sections[title], -1) {
			if !files[filepath.Base(name)] {
				t.Errorf("%s: there is no %s", title, name)
			}
		}
		for _, name := range regexp.MustCompile(`\bTest[A-Z]\w+`).FindAllString(sections[title], -1) {
			if !tests[name] {
				t.Errorf("%s: there is no %s", title, name)
			}
		}
	}
}

// hasWord reports whether a name stands in a text by itself.
func hasWord(text, name string) bool {
	return regexp.MustCompile(`(?:^|[^\w-])` + regexp.QuoteMeta(name) + `(?:$|[^\w-])`).MatchString(text)
}

// sourceNames lists the files and the tests of the repository, by their names without folders.
func sourceNames(t *testing.T) (files, tests map[string]bool) {
	t.Helper()
	files, tests = map[string]bool{}, map[string]bool{}
	test := regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	err := filepath.WalkDir("..", func(path string, d os.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != ".." && strings.HasPrefix(d.Name(), "."):
			return filepath.SkipDir
		case !strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, ".txtar"):
			return nil
		}
		files[d.Name()] = true
		if !strings.HasSuffix(path, "_test.go") {
			return nil
		}
		source, err := os.ReadFile(path)
		for _, m := range test.FindAllStringSubmatch(string(source), -1) {
			tests[m[1]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files, tests
}
