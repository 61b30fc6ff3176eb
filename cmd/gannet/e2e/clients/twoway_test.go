package clients

import (
	"bytes"
	"cmp"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// twin is a program that keeps Maildirs and an account alike, in both directions.
type twin struct {
	folder  func(mailbox string) maildir
	strip   *regexp.Regexp // what the program writes into messages for itself
	remove  func(t *testing.T, dir maildir, k kept)
	shapes  []shape // what the program brings over unchanged
	sync    func(t *testing.T)
	between func(t *testing.T, round int) // done before each round but the first
}

// flagLetters are the flags that both sides know, with their letters in a Maildir.
var flagLetters = map[string]string{`\Draft`: "D", `\Flagged`: "F", `\Answered`: "R", `\Seen`: "S"}

// model is what both sides must hold: by mailbox and name of a letter its flags as letters of a Maildir.
type model map[string]map[string]string

// twoWay changes both sides at random, lets the program bring them together, and compares both with what
// must have come out, in several rounds.
func twoWay(t *testing.T, h *host, p twin) {
	t.Helper()
	w := &world{t: t, c: newControl(t, h, alice), p: p, random: rand.New(rand.NewPCG(1, 2)), sent: map[string]letter{},
		model: model{"INBOX": {}, "Lists": {}, "Lists/Birds": {}, "Gr&APwA3w-e": {}}}
	for _, mailbox := range w.names() {
		if mailbox != "INBOX" {
			w.c.do("CREATE %q", mailbox)
		}
	}
	first := write("first", someLetters, p.shapes)
	for i, l := range first {
		w.appendFar(w.names()[i%len(w.model)], "S", l)
	}
	w.alike("at first")
	validity := w.validities()
	for round := range syncRounds {
		if round > 0 {
			p.between(t, round)
			w.c = newControl(t, h, alice)
		}
		w.touched = map[string]bool{}
		fresh := write(fmt.Sprintf("round%c", 'a'+round), 12, p.shapes)
		w.changeFar(fresh[:6])
		w.changeNear(fresh[6:])
		w.alike(fmt.Sprintf("round %d", round))
		if now := w.validities(); now != validity {
			t.Errorf("round %d: UIDVALIDITY went from %s to %s", round, validity, now)
		}
		if t.Failed() {
			t.FailNow()
		}
	}
}

// world is both sides of a twin with what they must hold.
type world struct {
	t       *testing.T
	c       *control
	p       twin
	random  *rand.Rand
	sent    map[string]letter
	model   model
	touched map[string]bool // mailbox and name: changed on one side in this round already
}

// names are the model's mailboxes in order.
func (w *world) names() []string {
	var names []string
	for name := range w.model {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (w *world) validities() string {
	var list []string
	for _, name := range w.names() {
		list = append(list, w.c.uidValidity(name))
	}
	return strings.Join(list, " ")
}

// imapFlags turns letters of a Maildir into flags.
func imapFlags(letters string) string {
	var flags []string
	for flag, letter := range flagLetters {
		if strings.Contains(letters, letter) {
			flags = append(flags, flag)
		}
	}
	slices.Sort(flags)
	return strings.Join(flags, " ")
}

// maildirFlags turns flags into letters of a Maildir; other flags are left out.
func maildirFlags(flags []string) string {
	var letters []string
	for _, f := range flags {
		letters = append(letters, flagLetters[f])
	}
	slices.Sort(letters)
	return strings.Join(letters, "")
}

// appendFar puts a letter on the server.
func (w *world) appendFar(mailbox, flags string, l letter) {
	w.t.Helper()
	w.c.append(mailbox, imapFlags(flags), l)
	w.note(mailbox, flags, l)
}

func (w *world) note(mailbox, flags string, l letter) {
	w.sent[l.Name] = l
	w.model[mailbox][l.Name] = flags
	if w.touched != nil {
		w.touched[mailbox+"\x00"+l.Name] = true
	}
}

// choose picks a message that was not changed in this round, or says that there is none.
func (w *world) choose(mailbox string) (name string, ok bool) {
	var names []string
	for name := range w.model[mailbox] {
		if !w.touched[mailbox+"\x00"+name] {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return "", false
	}
	slices.Sort(names)
	name = names[w.random.IntN(len(names))]
	w.touched[mailbox+"\x00"+name] = true
	return name, true
}

// someFlags are random letters.
func (w *world) someFlags() string {
	var b strings.Builder
	for _, letter := range []string{"D", "F", "R", "S"} {
		if w.random.IntN(2) == 0 {
			b.WriteString(letter)
		}
	}
	return b.String()
}

// changeFar changes the server's side: new messages, flags, deletes, moves and copies.
func (w *world) changeFar(fresh []letter) {
	w.t.Helper()
	names := w.names()
	for i, l := range fresh {
		w.appendFar(names[i%len(names)], w.someFlags(), l)
	}
	for i, mailbox := range names {
		uids := map[string]int{}
		for _, s := range w.c.all(mailbox) {
			uids[string(letterName.Find(s.Raw))] = s.UID
		}
		w.c.do("SELECT %q", mailbox)
		for range 3 {
			if name, ok := w.choose(mailbox); ok {
				flags := w.someFlags()
				w.c.do("UID STORE %d FLAGS.SILENT (%s)", uids[name], imapFlags(flags))
				w.model[mailbox][name] = flags
			}
		}
		if name, ok := w.choose(mailbox); ok {
			w.c.do(`UID STORE %d +FLAGS.SILENT (\Deleted)`, uids[name])
			w.c.do("UID EXPUNGE %d", uids[name])
			delete(w.model[mailbox], name)
		}
		next := names[(i+1)%len(names)]
		for _, command := range []string{"COPY", "MOVE"} {
			name, ok := w.choose(mailbox)
			if _, there := w.model[next][name]; !ok || there {
				continue
			}
			w.c.do("UID %s %d %q", command, uids[name], next)
			w.note(next, w.model[mailbox][name], w.sent[name])
			if command == "MOVE" {
				delete(w.model[mailbox], name)
			}
		}
	}
}

// changeNear changes the Maildirs: new messages, flags, deletes and moves.
func (w *world) changeNear(fresh []letter) {
	w.t.Helper()
	names := w.names()
	for i, l := range fresh {
		mailbox, flags := names[i%len(names)], w.someFlags()
		w.p.folder(mailbox).put(w.t, l.Name, flags, lines(l.Raw))
		w.note(mailbox, flags, l)
	}
	for _, mailbox := range names {
		dir := w.p.folder(mailbox)
		files := map[string]kept{}
		for _, k := range dir.all(w.t) {
			files[string(letterName.Find(k.Raw))] = k
		}
		for range 3 {
			if name, ok := w.choose(mailbox); ok {
				flags := w.someFlags()
				dir.flag(w.t, files[name], flags)
				w.model[mailbox][name] = flags
			}
		}
		if name, ok := w.choose(mailbox); ok {
			w.p.remove(w.t, dir, files[name])
			delete(w.model[mailbox], name)
		}
	}
}

// alike runs the program and compares both sides with the model.
func (w *world) alike(when string) {
	w.t.Helper()
	w.p.sync(w.t)
	for _, mailbox := range w.names() {
		near, far := map[string]string{}, map[string]string{}
		for _, k := range w.p.folder(mailbox).all(w.t) {
			w.add(near, when+", near: "+mailbox, w.p.strip.ReplaceAll(k.Raw, nil), k.Flags, identicalLines)
		}
		for _, s := range w.c.all(mailbox) {
			w.add(far, when+", far: "+mailbox, w.p.strip.ReplaceAll(s.Raw, nil), maildirFlags(s.Flags), identical)
		}
		w.compare(when+", near: "+mailbox, near, w.model[mailbox])
		w.compare(when+", far: "+mailbox, far, w.model[mailbox])
	}
}

// add notes a message of one side and compares its bytes with what was sent.
func (w *world) add(side map[string]string, where string, raw []byte, flags string, differ func(got, sent []byte) string) {
	w.t.Helper()
	name := string(letterName.Find(raw))
	if _, twice := side[name]; twice {
		w.t.Errorf("%s: %s is there twice", where, name)
	}
	side[name] = flags
	if diff := differ(raw, w.sent[name].Raw); diff != "" {
		w.t.Errorf("%s: %s: %s", where, name, diff)
	}
}

func (w *world) compare(where string, got, want map[string]string) {
	w.t.Helper()
	names := map[string]bool{}
	for name := range got {
		names[name] = true
	}
	for name := range want {
		names[name] = true
	}
	var faults []string
	for name := range names {
		g, there := got[name]
		f, wanted := want[name]
		switch {
		case !there:
			faults = append(faults, name+" is missing")
		case !wanted:
			faults = append(faults, name+" should be gone")
		case g != f:
			faults = append(faults, fmt.Sprintf("%s has flags %q, want %q", name, g, f))
		}
	}
	slices.SortFunc(faults, cmp.Compare)
	for _, f := range faults[:min(len(faults), 8)] {
		w.t.Errorf("%s: %s", where, f)
	}
}

// busy runs the program again and again while mail arrives.
func (p twin) busy(t *testing.T, h *host) {
	t.Helper()
	before := len(p.contents(t, "INBOX"))
	letters := write("busy", someLetters, p.shapes)
	arrived := make(chan error, 1)
	go func() { arrived <- h.deliverAll(t.Context(), alice, letters) }()
	for done := false; !done; {
		select {
		case err := <-arrived:
			if done = true; err != nil {
				t.Fatal(err)
			}
		default:
		}
		p.sync(t)
	}
	var got [][]byte
	for _, raw := range p.contents(t, "INBOX") {
		if bytes.HasPrefix(letterName.Find(raw), []byte("busy-")) {
			got = append(got, raw)
		}
	}
	sameLetters(t, got, letters, deliveredLines)
	if all := len(p.contents(t, "INBOX")); all != before+len(letters) {
		t.Errorf("%d messages near, want %d and %d", all, before, len(letters))
	}
}

// contents are the messages of a Maildir without what the program writes into them.
func (p twin) contents(t *testing.T, mailbox string) [][]byte {
	t.Helper()
	var list [][]byte
	for _, raw := range p.folder(mailbox).contents(t) {
		list = append(list, p.strip.ReplaceAll(raw, nil))
	}
	return list
}
