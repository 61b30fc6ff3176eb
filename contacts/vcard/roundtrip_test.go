package vcard

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// sameCard reports whether two cards say the same in the same order: parameters in any order, types in any case.
func sameCard(a, b *Card) bool { return slices.Equal(said(a), said(b)) }

// said lists what the fields of a card say.
func said(c *Card) []string {
	var list []string
	for f := range c.Fields() {
		var params []string
		for name, values := range f.field.Params {
			v := slices.Clone(values)
			for i := range v {
				v[i] = strings.ToLower(v[i])
			}
			slices.Sort(v)
			params = append(params, name+"="+strings.Join(v, ","))
		}
		slices.Sort(params)
		list = append(list, fmt.Sprint(strings.ToLower(f.Group()), ".", f.name, params, f.field.Value))
	}
	slices.Sort(list)
	return list
}

// A dice makes cards at random.
type dice struct{ *rand.Rand }

func (d dice) text() string {
	words := []string{"", "a", "Anna", "Ü", "安藤", "a,b", "a;b", `a\b`, "a\nb", "a:b", `"q"`, "^", "  x ", "\\n", strings.Repeat("lang ", 30), "😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀"}
	return words[d.IntN(len(words))] + words[d.IntN(len(words))]
}

// field makes a field as the version has it.
func (d dice) field(version string) *Field {
	name := []string{"NOTE", "TITLE", "TEL", "EMAIL", "X-OTHER", "ROLE", "URL"}[d.IntN(7)]
	f := NewText(name, d.text())
	switch d.IntN(8) {
	case 0:
		f = NewStructured("ADR", "", "", d.text(), d.text(), "", d.text(), "")
	case 1:
		f = NewStructured("ORG", d.text(), d.text())
	case 2:
		f = NewList("CATEGORIES", d.text(), d.text())
	case 3:
		if version == "4.0" {
			f = NewData("PHOTO", "image/png", []byte(d.text()+"x"))
		} else {
			f = NewField("PHOTO", encode64([]byte(d.text()+"x"))).With("ENCODING", "b").With("TYPE", "PNG")
		}
	case 4:
		f = NewField("BDAY", map[string]string{"4.0": "--0229", "3.0": "1996-02-29", "2.1": "1996-02-29"}[version])
	}
	if d.IntN(3) == 0 && f.name != "PHOTO" {
		f = f.With("TYPE", []string{"home", "WORK", "cell"}[:1+d.IntN(3)]...)
	}
	if d.IntN(4) == 0 && version != "4.0" && f.name != "PHOTO" {
		f = f.With("TYPE", append(slices.Clone(f.Params("TYPE")), "pref")...)
	}
	if d.IntN(4) == 0 {
		f = f.With("X-LOCAL", strings.ReplaceAll(d.text(), `\`, ""))
	}
	if d.IntN(4) == 0 {
		f = f.WithGroup(fmt.Sprintf("item%d", d.IntN(3)))
	}
	return f
}

func (d dice) card(version string) *Card {
	c := New("urn:uuid:1")
	c.Add(NewText("FN", "A"+d.text()))
	c.Add(NewStructured("N", d.text(), d.text(), "", "", ""))
	for range d.IntN(12) {
		c.Add(d.field(version))
	}
	return c
}

// TestFour reads cards of 4.0 and writes them: byte for byte the same, folded in whatever way, and with one field
// changed all others are.
func TestFour(t *testing.T) {
	d := dice{rand.New(rand.NewPCG(4, 0))}
	for range 500 {
		in := d.card("4.0").Bytes()
		if d.IntN(2) == 0 { // other folds
			in = bytes.ReplaceAll(in, []byte("a"), []byte("\r\n a"))
			in = bytes.ReplaceAll(in, []byte("\r\n\r\n "), []byte("\r\n "))
		}
		c, problems, err := Read(string(in))
		if err != nil || len(problems) > 0 {
			t.Fatalf("%v, %v:\n%s", err, problems, in)
		}
		if out := c.Bytes(); !bytes.Equal(out, in) {
			t.Fatalf("got\n%q\nwant\n%q", out, in)
		}
		changed := c.Clone()
		changed.SetText("KIND", "individual")
		lines := bytes.SplitAfter(in, []byte("\r\n"))
		for _, line := range lines[:len(lines)-2] {
			if !bytes.Contains(changed.Bytes(), line) {
				t.Fatalf("%q is lost in\n%s", line, changed.Bytes())
			}
		}
	}
}

// TestThree reads cards of 3.0, and writes them as 4.0 and as 3.0: both say the same.
func TestThree(t *testing.T) {
	d := dice{rand.New(rand.NewPCG(3, 0))}
	for range 500 {
		c := d.card("3.0")
		in := string(c.encode("3.0", c.fields))
		throughThree(t, "made", in)
	}
}

// throughThree checks that nothing is lost of a card on the way to 4.0 and back.
func throughThree(t *testing.T, name, in string) {
	t.Helper()
	c, _, err := Read(in)
	if err != nil {
		t.Errorf("%s: %v:\n%s", name, err, in)
		return
	}
	four, _, err := Read(string(c.Bytes()))
	if err != nil || !sameCard(four, c) {
		t.Errorf("%s: as 4.0 it says\n%q\nnot\n%q, %v", name, said(four), said(c), err)
	}
	three, _, err := Read(string(c.Bytes3()))
	if err == nil && c.Get("N") == nil {
		three.Remove("N") // that 3.0 must have
	}
	if err != nil || !sameCard(three, c) {
		t.Errorf("%s: by 3.0 it says\n%q\nnot\n%q, %v", name, said(three), said(c), err)
	}
}

func TestDates(t *testing.T) {
	tests := []struct {
		in   string
		want string
	}{
		{"19960415", "19960415"}, {"1996-04-15", "19960415"}, {"1996/04/15", "19960415"}, {"--0415", "--0415"}, {"--04-15", "--0415"},
		{"---15", "---15"}, {"1996-04", "1996-04"}, {"1996", "1996"}, {"--04", "--04"}, {"19960415T102200Z", "19960415"},
		{"1996-04-15 10:22", "19960415"}, {"--0229", "--0229"}, {" 19960415", "19960415"},
		{"", ""}, {"in May", ""}, {"19961315", ""}, {"19960230", ""}, {"0000-01-01", ""}, {"199604155", ""}, {"T102200", ""},
	}
	for _, test := range tests {
		d, ok := ParseDate(test.in)
		if ok != (test.want != "") || ok && d.String() != test.want {
			t.Errorf("%q is %v, %t, want %s", test.in, d, ok, test.want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	d := dice{rand.New(rand.NewPCG(1, 1))}
	for range 4 {
		f.Add(d.card("4.0").Bytes())
		f.Add(d.card("3.0").Bytes3())
	}
	f.Add([]byte(card("2.1", "N;ENCODING=QUOTED-PRINTABLE;CHARSET=SHIFT_JIS:=88=C0;=", "=41", "AGENT:", "BEGIN:VCARD", "END:VCARD", "x", "PHOTO;BASE64:AA", " AA")))
	f.Add([]byte(utf16(card("3.0", "FN:Jürgen"), false, false)))
	f.Fuzz(func(t *testing.T, in []byte) {
		file, err := Decode(bytes.NewReader(in), Limits{Bytes: 1 << 16})
		if err != nil {
			return
		}
		for _, c := range file.Cards {
			out := c.Bytes()
			again, problems, err := Read(string(out))
			if err != nil || len(problems) > 0 {
				t.Fatalf("written as\n%q\nit is %v, %v", out, err, problems)
			}
			if !bytes.Equal(again.Bytes(), out) {
				t.Fatalf("read again as\n%q\nnot\n%q", again.Bytes(), out)
			}
			if _, _, err := Read(string(c.Bytes3())); err != nil {
				t.Fatalf("written as 3.0 it is %v\n%q", err, c.Bytes3())
			}
		}
	})
}
