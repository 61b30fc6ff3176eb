package fold

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestString(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"", ""}, {"plain", "plain"}, {"Hello  World\r\n\tagain", "hello world again"}, {" a ", " a "}, {"  ", " "},
		{"Café CAFE\u0301", "cafe cafe"}, {"STRASSE Straße ẞ", "strasse strasse ss"}, {"ΣΊΣΥΦΟΣ σίσυφος", "σισυφοσ σισυφοσ"},
		{"İstanbul", "istanbul"}, {"ﬁle ＡＢＣ １２", "file abc 12"}, {"ｶﾞｯｺｳ ガッコウ が か", "ガッコウ ガッコウ が か"},
		{"한글 \u1112\u1161\u11ab", "한글 한"}, {"exam\u00adple zero\u200bwidth", "example zerowidth"}, {"a\u00a0\u3000b", "a b"},
		{"Ёлка ёлка йод", "елка елка иод"}, {"שָׁלוֹם", "שלום"}, {"مُحَمَّد", "محمد"}, {"हिन्दी कि", "हिन्दी कि"}, {"bad\xff\xc3", "bad\ufffd\ufffd"},
		{"Việt Nam", "viet nam"}, {"東京都", "東京都"}, {"½ ™ №", "1⁄2 tm no"},
	} {
		if got := String(tt.in); got != tt.want {
			t.Errorf("String(%q) = %q; want %q", tt.in, got, tt.want)
		}
	}
}

// Every character folds to what folds to itself.
func TestFolded(t *testing.T) {
	for r := rune(0); r <= utf8.MaxRune; r++ {
		once := String("x" + string(r) + "x")
		if again := String(once); again != once {
			t.Errorf("%U folds to %q and that to %q", r, once, again)
		}
	}
}

func FuzzString(f *testing.F) {
	f.Add("Hello wörld", "ö")
	f.Add("e\u0301\u0302 ｶﾞ \u1112\u1161\u11ab \u0f71\u0f72", "ガ")
	f.Fuzz(func(t *testing.T, s, needle string) {
		once := String(s)
		if again := String(once); again != once {
			t.Errorf("%q folds to %q and that to %q", s, once, again)
		}
		if got, want := find(needle, 1+len(needle)%3, s), strings.Contains(once, String(needle)); got != want {
			t.Errorf("%q in %q: %v; want %v", needle, s, got, want)
		}
	})
}

// find writes the text in pieces of so many bytes.
func find(needle string, piece int, text string) bool {
	f := NewFinder(needle)
	for b := []byte(text); len(b) > 0; {
		n := min(piece, len(b))
		f.Write(b[:n])
		b = b[n:]
	}
	return f.Found()
}

func TestFinder(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	alphabet := []string{"a", "A", "é", "e\u0301", " ", "\r\n", "が", "か\u3099", "か", "ß", "\u1112\u1161\u11ab", "\u1112", "東", "京", "\xc3", "-", "\u00ad"}
	text := func(n int) string {
		var b strings.Builder
		for range n {
			b.WriteString(alphabet[r.IntN(len(alphabet))])
		}
		return b.String()
	}
	for range 5000 {
		needle, s := text(1+r.IntN(3)), text(r.IntN(60))
		for _, piece := range []int{1, 2, 7, 1000} {
			if got, want := find(needle, piece, s), strings.Contains(String(s), String(needle)); got != want {
				t.Fatalf("%q in %q by %d: %v; want %v", needle, s, piece, got, want)
			}
		}
	}
	long := strings.Repeat("lorem ipsum ", 10_000) + "NEEDLE"
	if !find("m needle", 5000, long) || find("needles", 5000, long) {
		t.Error("a needle at the end of a long text")
	}
	marks := strings.Repeat("\u0f71", 100_000)
	f := NewFinder("x")
	f.Write([]byte("a" + marks + "x"))
	if !f.Found() || cap(f.raw) > 64<<10 {
		t.Errorf("found %v behind marks, %d bytes held", f.Found(), cap(f.raw))
	}
}

func TestFinderBreak(t *testing.T) {
	f := NewFinder("one two")
	f.Write([]byte("one "))
	f.Break()
	f.Write([]byte("two"))
	if f.Found() {
		t.Error("found across a break")
	}
	f.Write([]byte(" one  Two"))
	f.Break()
	if !f.Found() {
		t.Error("forgotten at a break")
	}
	if !new(Finder).Found() {
		t.Error("the empty needle is everywhere")
	}
}

func BenchmarkString(b *testing.B) {
	for name, s := range map[string]string{
		"ascii": strings.Repeat("The quick brown fox jumps over the lazy dog.\r\n", 100), "german": strings.Repeat("Größe und Übermaß für Äpfel, schön\r\n", 100),
		"japanese": strings.Repeat("東京都の天気は晴れです。", 100),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(s)))
			for b.Loop() {
				String(s)
			}
		})
	}
}
