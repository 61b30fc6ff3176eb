package vcard

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// crlf is a text with the line ends of cards.
func crlf(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }

// card is one of a version with those lines.
func card(version string, lines ...string) string {
	return "BEGIN:VCARD\r\nVERSION:" + version + "\r\n" + strings.Join(append(lines, "END:VCARD\r\n"), "\r\n")
}

// TestDeviations reads what programs write, and shows what becomes of it: the lines of the card as 4.0 between VERSION
// and END, and the problems.
func TestDeviations(t *testing.T) {
	tests := []struct {
		name, in, want string
		problems       string
	}{
		{"as it should be", card("4.0", "FN:Anna Berg", `NOTE:one\, two\; three\nfour`), "FN:Anna Berg|NOTE:one\\, two\\; three\\nfour", ""},
		{"lone line feeds", strings.ReplaceAll(card("4.0", "FN:A"), "\r\n", "\n"), "FN:A", ""},
		{"lone carriage returns", strings.ReplaceAll(card("4.0", "FN:A"), "\r\n", "\r"), "FN:A", ""},
		{"blank lines", card("4.0", "", "FN:A", ""), "FN:A", ""},
		{"lower case", strings.ToLower(card("4.0", "FN:a")), "fn:a", ""},
		{"groups", card("4.0", "item1.EMAIL:a@example.test", "FN:A"), "item1.EMAIL:a@example.test|FN:A", ""},
		{"blanks around the name", card("4.0", "FN :A"), "FN:A", ""},
		{"folded", card("4.0", "FN:An", " na"), "FN:An| na", ""},
		{"a fold within a character", card("4.0", "FN:J\xC3", " \xBCrgen"), "FN:Jürgen", ""},
		{"Windows-1252", card("3.0", "FN:J\xFCrgen \x80", "NOTE:Z\xFCrich"), "FN:Jürgen €|NOTE:Zürich", "line 3: not UTF-8; read as Windows-1252"},
		{"byte order mark", "\xEF\xBB\xBF" + card("4.0", "FN:A"), "FN:A", ""},
		{"a control", card("4.0", "FN:A\x01B"), "FN:AB", ""},
		{"no FN", card("3.0", "N:Berg;Anna;;Dr.;"), "N:Berg;Anna;;Dr.;|FN:Dr. Anna Berg", "line 1: no FN"},
		{"no name at all", card("3.0", "TEL:1"), "TEL:1|FN:1", "line 1: no FN"},
		{"no version", "BEGIN:VCARD\r\nFN:A\r\nEND:VCARD\r\n", "FN:A", "line 1: no version"},
		{"no END", "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:A\r\n", "FN:A", "line 1: no END of the card"},
		{"text outside", "hello\r\n" + card("4.0", "FN:A"), "FN:A", "line 1: text outside of cards"},
		{"broken without a fold", card("4.0", "FN:A", "NOTE:one", "two", "three"), `FN:A|NOTE:one\ntwo\nthree`, "line 5: NOTE broken without a fold"},
		{"a lone quote", card("4.0", `FN;X-A="b:A`), `FN;X-A=b:A`, ""},
		{"a colon in quotes", card("4.0", "FN:A", `ADR;LABEL="a: b":;;c`), `FN:A|ADR;LABEL="a: b":;;c`, ""},
		{"a capital line break", card("3.0", "FN:A", `NOTE:a\Nb`), `FN:A|NOTE:a\Nb`, ""},
		{"bare types", card("2.1", "FN:A", "TEL;HOME;VOICE:1"), "FN:A|TEL;TYPE=HOME,VOICE:1", ""},
		{"quoted-printable", card("2.1", "FN;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:J=C3=BCrgen"), "FN:Jürgen", ""},
		{"bare quoted-printable", card("2.1", "FN;QUOTED-PRINTABLE:J=FCrgen"), "FN:Jürgen", ""},
		{"soft line breaks", card("2.1", "FN;ENCODING=QUOTED-PRINTABLE:one=", " two=", "three"), "FN:one twothree", ""},
		{"line breaks within", card("2.1", "FN:A", "NOTE;ENCODING=QUOTED-PRINTABLE:a=0D=0Ab"), `FN:A|NOTE:a\nb`, ""},
		{"a semicolon in a component", card("2.1", "FN:A", "N;ENCODING=QUOTED-PRINTABLE:B=3Bx;C"), `FN:A|N:B\;x;C`, ""},
		{"broken quoted-printable", card("2.1", "FN;ENCODING=QUOTED-PRINTABLE:100=%=41"), "FN:100=%A", ""},
		{"quoted-printable in 3.0", card("3.0", `FN;ENCODING=QUOTED-PRINTABLE:J=C3=BCrgen\, a`), `FN:Jürgen\, a`, ""},
		{"another charset", card("2.1", "FN;CHARSET=SHIFT_JIS:\x88\xC0\x93\xA1"), "FN:安藤", ""},
		{"a charset with escapes", card("2.1", "FN;CHARSET=ISO-2022-JP:\x1B$B0BF#\x1B(B"), "FN:安藤", ""},
		{"a wrong charset", card("2.1", "FN;CHARSET=ISO-8859-1:J\xC3\xBCrgen"), "FN:Jürgen", ""},
		{"the fold of 2.1", card("2.1", "FN:one", "  two"), "FN:one  two", ""},
		{"commas in 2.1", card("2.1", "FN:Berg, Anna", "CATEGORIES:a,b"), `FN:Berg\, Anna|CATEGORIES:a,b`, ""},
		{"an escaped semicolon in 2.1", card("2.1", "FN:A", `NOTE:a\;b;c`), `FN:A|NOTE:a\;b\;c`, ""},
		{"an address of the web", card("2.1", "FN:A", "URL:http://a.test/b,c;d"), "FN:A|URL:http://a.test/b,c;d", ""},
		{"preferred", card("3.0", "FN:A", "EMAIL;TYPE=INTERNET,PREF:a@b.test"), "FN:A|EMAIL;TYPE=INTERNET;PREF=1:a@b.test", ""},
		{"photo of 3.0", card("3.0", "FN:A", "PHOTO;ENCODING=b;TYPE=JPEG:/9j/", " AA=="), "FN:A|PHOTO:data:image/jpeg;base64,/9j/AA==", ""},
		{"photo of 2.1", card("2.1", "FN:A", "PHOTO;GIF;BASE64:R0lG", " OA==", ""), "FN:A|PHOTO:data:image/gif;base64,R0lGOA==", ""},
		{"photo without folds", card("2.1", "FN:A", "PHOTO;TYPE=PNG;ENCODING=BASE64:", "iVBO", "Rw=="), "FN:A|PHOTO:data:image/png;base64,iVBORw==", "line 5: PHOTO broken without a fold"},
		{"photo of an unknown type", card("3.0", "FN:A", "PHOTO;ENCODING=b:/9j/AA=="), "FN:A|PHOTO:data:image/jpeg;base64,/9j/AA==", ""},
		{"photo elsewhere", card("3.0", "FN:A", "PHOTO;VALUE=uri:http://a.test/p.jpg"), "FN:A|PHOTO;VALUE=uri:http://a.test/p.jpg", ""},
		{"a key", card("3.0", "FN:A", "KEY;TYPE=PGP;ENCODING=b:AAAA"), "FN:A|KEY:data:application/pgp-keys;base64,AAAA", ""},
		{"a photo that is none", card("3.0", "FN:A", "PHOTO;ENCODING=b:!!!"), "FN:A|PHOTO;ENCODING=b:!!!", ""},
		{"birthday", card("3.0", "FN:A", "BDAY;VALUE=date:1996-04-15"), "FN:A|BDAY:19960415", ""},
		{"birthday with a time", card("3.0", "FN:A", "BDAY:1996-04-15T22:10:00Z"), "FN:A|BDAY:19960415T221000Z", ""},
		{"birthday without a year", card("3.0", "FN:A", "BDAY;X-APPLE-OMIT-YEAR=1604:1604-02-29"), "FN:A|BDAY:--0229", ""},
		{"birthday in words", card("3.0", "FN:A", "BDAY:in May"), "FN:A|BDAY;VALUE=text:in May", ""},
		{"where", card("3.0", "FN:A", "GEO:37.38;-122.08"), "FN:A|GEO:geo:37.38,-122.08", ""},
		{"a group", card("3.0", "FN:A", "X-ADDRESSBOOKSERVER-KIND:group", "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:1"), "FN:A|KIND:group|MEMBER:urn:uuid:1", ""},
		{"the order of names", card("3.0", "FN:A", "N:van Berg;A", "SORT-STRING:Berg"), "FN:A|N;SORT-AS=Berg:van Berg;A", ""},
		{"a label", card("3.0", "FN:A", "ADR;TYPE=home:;;a;b", `LABEL;TYPE=HOME:a\nb`), "FN:A|ADR;TYPE=home;LABEL=a^nb:;;a;b", ""},
		{"a label of nothing", card("3.0", "FN:A", `LABEL;TYPE=HOME:a\nb`), `FN:A|LABEL;TYPE=HOME:a\nb`, ""},
		{"a card within", card("2.1", "FN:A", "AGENT:", "BEGIN:VCARD", "FN:B;c", "END:VCARD", "TEL:1"), `FN:A|AGENT:BEGIN:VCARD\nFN:B\;c\nEND:VCARD\n|TEL:1`, ""},
		{"a card within, in one line", card("2.1", "FN:A", "AGENT:BEGIN:VCARD", "FN:B", "END:VCARD"), `FN:A|AGENT:BEGIN:VCARD\nFN:B\nEND:VCARD\n`, ""},
		{"two UTF-16", utf16(card("3.0", "FN:Jürgen"), true, true), "FN:Jürgen", "line 1: UTF-16"},
		{"UTF-16 without a mark", utf16(card("3.0", "FN:Jürgen"), false, false), "FN:Jürgen", "line 1: UTF-16"},
		{"UTF-16, big end first, without a mark", utf16(card("3.0", "FN:Jürgen"), true, false), "FN:Jürgen", "line 1: UTF-16"},
	}
	for _, test := range tests {
		c, problems, err := Read(test.in)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		got := strings.TrimSuffix(strings.TrimPrefix(string(c.Bytes()), "BEGIN:VCARD\r\nVERSION:4.0\r\n"), "\r\nEND:VCARD\r\n")
		told := fmt.Sprint(problems)
		if len(problems) == 1 {
			told = problems[0].String()
		} else if len(problems) == 0 {
			told = ""
		}
		if want := strings.ReplaceAll(test.want, "|", "\r\n"); got != want || told != test.problems {
			t.Errorf("%s:\ngot  %q, %s\nwant %q, %s", test.name, got, told, want, test.problems)
		}
	}
}

// utf16 writes a text in two bytes for each character.
func utf16(s string, big, mark bool) string {
	var b strings.Builder
	if mark {
		s = "\uFEFF" + s
	}
	for _, r := range s {
		if big {
			b.Write([]byte{byte(r >> 8), byte(r)})
		} else {
			b.Write([]byte{byte(r), byte(r >> 8)})
		}
	}
	return b.String()
}

func TestRefused(t *testing.T) {
	many := strings.Repeat("X-A:b\r\n", 20)
	tests := []struct {
		name, in string
		lim      Limits
		want     string
	}{
		{"nothing", "", Limits{}, "vcard, line 1: no card"},
		{"no card", "one\r\ntwo\r\n", Limits{}, "vcard, line 2: no card"},
		{"too long", card("4.0", "FN:A"), Limits{Bytes: 10}, "vcard, line 1: more than 10 bytes"},
		{"too many fields", card("4.0", many), Limits{Fields: 10}, "vcard, line 13: too many fields"},
		{"too many cards", card("4.0", "FN:A") + card("4.0", "FN:B"), Limits{Cards: 1}, "vcard, line 5: too many cards"},
	}
	for _, test := range tests {
		_, err := Decode(strings.NewReader(test.in), test.lim)
		var syntax *SyntaxError
		if !errors.As(err, &syntax) || !errors.Is(err, ErrUnclear) || err.Error() != test.want {
			t.Errorf("%s: %v, want %s", test.name, err, test.want)
		}
	}
	if _, _, err := Read(card("4.0", "FN:A") + card("4.0", "FN:B")); err == nil || err.Error() != "vcard, line 1: 2 cards instead of one" {
		t.Errorf("two cards: %v", err)
	}
	f, err := Decode(strings.NewReader(strings.Repeat("BEGIN:VCARD\r\nEND:VCARD\r\n", 3)), Limits{Problems: 2})
	if err != nil || len(f.Problems) != 2 || f.More != 4 {
		t.Errorf("problems: %v, %d more, %v", f.Problems, f.More, err)
	}
}

// TestPhotoOfOneMegabyte reads a large photo in every way that it is broken into lines. What that may allocate is a
// few times its size: work that grows faster would show in it.
func TestPhotoOfOneMegabyte(t *testing.T) {
	text := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{0xFF, 0xD8, 1}, 1<<20/3))
	var lines []string
	for i := 0; i < len(text); i += 76 {
		lines = append(lines, text[i:min(i+76, len(text))])
	}
	tests := map[string]string{
		"one line":      card("3.0", "FN:A", "PHOTO;ENCODING=b;TYPE=JPEG:"+text),
		"folded":        card("3.0", "FN:A", "PHOTO;ENCODING=b;TYPE=JPEG:"+strings.Join(lines, "\r\n ")),
		"without folds": card("2.1", "FN:A", "PHOTO;JPEG;BASE64:", strings.Join(lines, "\r\n")),
		"4.0":           card("4.0", "FN:A", "PHOTO:data:image/jpeg;base64,"+strings.Join(lines, "\r\n ")),
		"within":        card("2.1", "FN:A", "AGENT:", "BEGIN:VCARD", "PHOTO;JPEG;BASE64:", strings.Join(lines, "\r\n"), "END:VCARD"),
	}
	for name, in := range tests {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		c, _, err := Read(in)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out, old := c.Bytes(), c.Bytes3()
		runtime.ReadMemStats(&after)
		if used := after.TotalAlloc - before.TotalAlloc; used > 100<<20 {
			t.Errorf("%s: %d MiB for %d KiB", name, used>>20, len(in)>>10)
		}
		if name == "within" {
			continue
		}
		_, data, ok := DataURI(c.Get("PHOTO").Value())
		if !ok || len(data) != 1<<20/3*3 {
			t.Errorf("%s: %d bytes, %t", name, len(data), ok)
		}
		again, _, err := Read(string(old))
		if again.Remove("N"); err != nil || !sameCard(again, c) {
			t.Errorf("%s: another card from 3.0: %v", name, err)
		}
		if len(out) > 2<<20 {
			t.Errorf("%s: %d bytes written", name, len(out))
		}
	}
}
