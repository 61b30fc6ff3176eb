package onesearch

import (
	"fmt"
	"math/rand/v2"
	"mime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/store"
)

// TestSame asks what people ask.
func TestSame(t *testing.T) {
	w := newWorld(t)
	w.fill(rand.New(rand.NewPCG(1, 1)))
	found := 0
	for n, tt := range []struct{ kql, imap string }{
		{`bee`, `TEXT bee`}, {`bee tea`, `TEXT bee TEXT tea`}, {`"apple bee"`, `TEXT "apple bee"`}, {`bee -tea`, `TEXT bee NOT TEXT tea`},
		{`bee OR tea`, `OR TEXT bee TEXT tea`}, {`ee`, `TEXT ee`}, {`äpfel`, `TEXT apfel`}, {`STRASSE`, `TEXT strasse`}, {`日本`, literal(`TEXT`, `日本`)},
		{`from:u1`, `FROM u1`}, {`from:"Doe, J"`, `FROM "Doe, J"`}, {`to:u1 cc:u2`, `TO u1 CC u2`}, {`bcc:u3`, `BCC u3`}, {`subject:apfel`, `SUBJECT apfel`},
		{`body:tea`, `BODY tea`}, {`participants:u1@`, `OR FROM u1@ OR TO u1@ OR CC u1@ BCC u1@`}, {`from:u1 from:u2`, `OR FROM u1 FROM u2`},
		{`received:today`, `ON 15-Jun-2024`}, {`received:yesterday`, `ON 14-Jun-2024`}, {`received:this week`, `SINCE 10-Jun-2024 BEFORE 17-Jun-2024`},
		{`received>=2024-06-10`, `SINCE 10-Jun-2024`}, {`received<10.6.2024`, `BEFORE 10-Jun-2024`}, {`received:2024-06-08..2024-06-10`, `SINCE 8-Jun-2024 BEFORE 11-Jun-2024`},
		{`sent:6/10/2024`, `SENTON 10-Jun-2024`}, {`is:unread`, `UNSEEN`}, {`is:flagged`, `FLAGGED`}, {`category:Work`, `KEYWORD Work`}, {`size>600`, `LARGER 600`},
		{`size<=600`, `SMALLER 601`}, {`kind:email bee`, `TEXT bee`}, {`kind:contacts`, `NOT ALL`}, {`attachment:plan`, `TEXT plan.pdf`}, {`nowhere:bee`, `TEXT nowhere:bee`},
	} {
		got, want := w.find(n, tt.kql), w.search(tt.imap)
		if !slices.Equal(got, want) {
			t.Errorf("%s finds\n%v\nSEARCH %s finds\n%v", tt.kql, got, tt.imap, want)
		}
		found += len(got)
	}
	if found < 100 {
		t.Errorf("%d found in all: the questions are about nothing", found)
	}
}

// TestRandom asks at random.
func TestRandom(t *testing.T) {
	for seed := range uint64(3) {
		rnd := rand.New(rand.NewPCG(seed, 7))
		w := newWorld(t)
		w.fill(rnd)
		for n := range 100 {
			kql, imap := query(rnd, 3)
			got, want := w.find(n, kql), w.search(imap)
			if !slices.Equal(got, want) {
				t.Fatalf("seed %d: %s finds\n%v\nSEARCH %s finds\n%v", seed, kql, got, imap, want)
			}
		}
	}
}

var vocabulary = []string{"apple", "Äpfel", "apfelbaum", "Straße", "strasse", "bee", "BEEHIVE", "naïve", "日本語", "本", "tea", "steam", "окна", "x1", "x12"}

func word(rnd *rand.Rand) string { return vocabulary[rnd.IntN(len(vocabulary))] }

func words(rnd *rand.Rand, n int) string {
	list := make([]string, 1+rnd.IntN(n))
	for i := range list {
		list[i] = word(rnd)
	}
	return strings.Join(list, " ")
}

func address(rnd *rand.Rand) string {
	addr := fmt.Sprintf("u%d@%c.example.test", rnd.IntN(6), 'a'+rnd.IntN(3))
	switch rnd.IntN(3) {
	case 0:
		return addr
	case 1:
		return `"Doe, J." <` + addr + ">"
	}
	return mime.QEncoding.Encode("utf-8", words(rnd, 2)) + " <" + addr + ">"
}

func moment(rnd *rand.Rand) time.Time {
	return now.Add(-time.Duration(rnd.IntN(12*24*60)) * time.Minute)
}

// letter is a message and what the store keeps beside it.
type letter struct {
	raw      string
	flags    store.Flags
	keywords []string
	received time.Time
}

func write(rnd *rand.Rand) letter {
	head := []string{"From: " + address(rnd), "MIME-Version: 1.0", "Date: " + moment(rnd).In(zone).Format(time.RFC1123Z)}
	for _, field := range []string{"To", "Cc", "Bcc"} {
		if rnd.IntN(3) > 0 {
			head = append(head, field+": "+address(rnd)+", "+address(rnd))
		}
	}
	head = append(head, "Subject: "+mime.QEncoding.Encode("utf-8", words(rnd, 4)))
	text := "Content-Type: text/plain; charset=utf-8\r\n\r\n" + words(rnd, 8) + "\r\n" + words(rnd, 20) + "\r\n"
	if rnd.IntN(4) == 0 {
		head = append(head, "Content-Type: multipart/mixed; boundary=b", "", "--b")
		text += "--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=\"plan.pdf\"\r\n\r\n%PDF\r\n--b--\r\n"
	}
	l := letter{raw: strings.Join(head, "\r\n") + "\r\n" + text, flags: store.Flags(rnd.IntN(32)), received: moment(rnd)}
	if rnd.IntN(3) == 0 {
		l.keywords = []string{"Work"}
	}
	return l
}

// fill writes letters into both folders.
func (w *world) fill(rnd *rand.Rand) {
	for _, b := range w.boxes {
		list := make([]letter, 30+rnd.IntN(20))
		for i := range list {
			list[i] = write(rnd)
		}
		w.add(b.id, list)
	}
}

// literal is a key with any text.
func literal(key, text string) string { return fmt.Sprintf("%s {%d+}\r\n%s", key, len(text), text) }

// query makes a query of so much depth in the words of both.
func query(rnd *rand.Rand, depth int) (kql, imap string) {
	if depth == 0 || rnd.IntN(4) == 0 {
		return leaf(rnd)
	}
	a, imapA := query(rnd, depth-1)
	b, imapB := query(rnd, depth-1)
	switch rnd.IntN(4) {
	case 0:
		return "(" + a + ") OR (" + b + ")", "OR (" + imapA + ") (" + imapB + ")"
	case 1:
		return "(" + a + ") (" + b + ")", "(" + imapA + ") (" + imapB + ")"
	case 2:
		return "(" + a + ") AND NOT (" + b + ")", "(" + imapA + ") NOT (" + imapB + ")"
	}
	return "-(" + a + ")", "NOT (" + imapA + ")"
}

func leaf(rnd *rand.Rand) (kql, imap string) {
	needle := []rune(words(rnd, 2))
	first := rnd.IntN(len(needle))
	text := strings.TrimSpace(string(needle[first : first+1+rnd.IntN(len(needle)-first)]))
	if text == "" {
		text = "bee"
	}
	user := fmt.Sprintf("u%d@%c", rnd.IntN(6), 'a'+rnd.IntN(3))
	day := now.Add(-time.Duration(rnd.IntN(12*24)) * time.Hour)
	isoDay, imapDay := day.Format("2006-01-02"), day.Format("2-Jan-2006")
	quoted := `"` + text + `"`
	leaves := [][2]string{
		{quoted, literal("TEXT", text)}, {"body:" + quoted, literal("BODY", text)}, {"subject:" + quoted, literal("SUBJECT", text)},
		{"from:" + quoted, literal("FROM", text)}, {"from:" + user, literal("FROM", user)}, {"to:" + user, literal("TO", user)},
		{"cc:" + user, literal("CC", user)}, {"bcc:" + user, literal("BCC", user)},
		{"received:" + isoDay, "ON " + imapDay}, {"received<" + isoDay, "BEFORE " + imapDay}, {"received>=" + isoDay, "SINCE " + imapDay},
		{"sent=" + isoDay, "SENTON " + imapDay}, {"sent<" + isoDay, "SENTBEFORE " + imapDay}, {"sent>=" + isoDay, "SENTSINCE " + imapDay},
		{"is:read", "SEEN"}, {"is:unflagged", "UNFLAGGED"}, {"is:answered", "ANSWERED"}, {"isdraft:true", "DRAFT"}, {"category:work", "KEYWORD Work"},
		{"size>700", "LARGER 700"}, {"size<700", "SMALLER 700"},
	}
	l := leaves[rnd.IntN(len(leaves))]
	return l[0], l[1]
}
