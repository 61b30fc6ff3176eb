package query_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/gannetmail/gannet/protocols/imap/query"
	"github.com/gannetmail/gannet/protocols/imap/uidmap"
	"github.com/gannetmail/gannet/protocols/imap/wire"
	"github.com/gannetmail/gannet/store"
)

// some is a mailbox with a message for each thing that can be asked.
func some(t testing.TB) *mailbox {
	b := newMailbox(t)
	one := letter("From: \"Doe, Jane\" <jane.doe@example.test>", "To: Board: bob@example.test, \"Carol\" <carol@example.test>;",
		"Subject: Quarterly report", "Date: Mon, 3 Jun 2024 23:30:00 -0700", "Message-ID: <one@example.test>", "X-Colour: blue",
		"Received: from relay.example.test by mx.example.test", "", "The figures are attached,", "  as agreed.")
	one.flags, one.received = store.Seen|store.Answered, time.Date(2024, 6, 4, 23, 30, 0, 0, time.UTC)

	two := letter("From: =?utf-8?q?J=C3=BCrgen_M=C3=BCller?= <jm@example.test>", "Sender: office@example.test", "To: jane.doe@example.test",
		"Cc: dave@example.test", "Reply-To: desk@example.test", "Subject: =?utf-8?b?R3LDvMOfZSBhdXMgS8O2bG4=?=",
		"Date: Tue, 4 Jun 2024 10:00:00 +0000", "Message-ID: <two@example.test>", "In-Reply-To: <one@example.test>",
		"References: <zero@example.test>", " <one@example.test>", "X-Colour: =?utf-8?q?gr=C3=BCn?=", "X-Empty:",
		"Content-Type: text/html; charset=utf-8", "", "<p>Im <b>Stra&szlig;en</b>caf&eacute;</p>")
	two.flags, two.keywords, two.received = store.Flagged, []string{"$Work"}, time.Date(2024, 6, 5, 0, 30, 0, 0, time.UTC)

	three := letter("From: bob@example.test", "To: undisclosed", "Bcc: eve@example.test", "Subject:", "MIME-Version: 1.0",
		"Content-Type: multipart/mixed; boundary=b", "", "--b", "Content-Type: text/plain", "Content-Transfer-Encoding: base64", "",
		"c2VjcmV0IGdhcmRlbg==", "--b", "Content-Type: application/pdf; name=\"plan.pdf\"",
		"Content-Disposition: attachment; filename=\"plan.pdf\"", "", "%PDF", "--b--")
	three.flags, three.received = store.Draft|store.Deleted|store.Forwarded, now.Add(-time.Minute)
	b.add(one, two, three)
	return b
}

func TestKeys(t *testing.T) {
	b := some(t)
	m := b.view()
	m.Recent = wire.Set{{First: 3, Last: 3}}
	m.Saved = wire.Set{{First: 2, Last: 9}}
	var two store.Record
	b.update(func(tx store.Tx) (err error) { two, err = tx.Record(b.c, 2, store.WantItem); return err })
	tests := []struct{ program, want string }{
		{"ALL", "1:3"}, {"1", "1"}, {"2:*", "2:3"}, {"*", "3"}, {"7:9", ""}, {"UID 3:9", "3"}, {"UID 3:* 1:2", ""}, {"$", "2:3"}, {"UID $", "2:3"},
		{"NOT $", "1"}, {"NOT 1:2", "3"}, {"OR 1 3", "1,3"}, {"(1:2) (2:3)", "2"}, {"NOT (1:2 2:3)", "1,3"},
		{"SEEN", "1"}, {"UNSEEN", "2:3"}, {"ANSWERED", "1"}, {"UNANSWERED", "2:3"}, {"FLAGGED", "2"}, {"UNFLAGGED", "1,3"},
		{"DELETED", "3"}, {"UNDELETED", "1:2"}, {"DRAFT", "3"}, {"UNDRAFT", "1:2"}, {"RECENT", "3"}, {"OLD", "1:2"}, {"NEW", "3"},
		{"KEYWORD $work", "2"}, {"UNKEYWORD $Work", "1,3"}, {"KEYWORD $Forwarded", "3"}, {"KEYWORD $None", ""}, {"KEYWORD $MDNSent", ""},
		{"BEFORE 5-Jun-2024", "1"}, {"ON 5-Jun-2024", "2"}, {"SINCE 5-Jun-2024", "2:3"}, {"SINCE 16-Jun-2024", ""},
		{"SENTBEFORE 4-Jun-2024", "1"}, {"SENTON 3-Jun-2024", "1"}, {"SENTON 4-Jun-2024", "2"}, {"SENTSINCE 4-Jun-2024", "2"},
		{"NOT SENTSINCE 1-Jan-1990", "3"}, {"SAVEDATESUPPORTED", "1:3"}, {"SAVEDSINCE 1-Jan-2024", "1:3"}, {"SAVEDBEFORE 1-Jan-2024", ""},
		{"SAVEDON 1-Jan-2024", ""}, {"OLDER 61", "1:2"}, {"OLDER 60", "1:3"}, {"YOUNGER 60", "3"}, {"YOUNGER 59", ""},
		{"LARGER 1", "1:3"}, {"LARGER 1000000", ""}, {"SMALLER 1", ""}, {"SMALLER 1000000", "1:3"},
		{"MODSEQ 1", "1:3"}, {"MODSEQ 100", ""}, {`MODSEQ "/flags/\\seen" all 1`, "1:3"},
		{"EMAILID M" + two.Item.Blob.String()[:32], "2"}, {"EMAILID Mx", ""}, {"THREADID Tx", ""},
		{"SUBJECT report", "1"}, {"SUBJECT UARTERLY", "1"}, {"SUBJECT grusse", "2"}, {"SUBJECT " + text("grüße aus"), "2"}, {`SUBJECT ""`, "1:3"},
		{"SUBJECT R3L", ""}, {`SUBJECT "=?utf-8?b?R3"`, "2"}, {`SUBJECT "ly  rep"`, "1"},
		{"FROM doe", "1"}, {`FROM "doe, jane"`, "1"}, {`FROM "jane <jane"`, "1"}, {`FROM "\"doe"`, "1"}, {"FROM example", "1:3"}, {"FROM muller", "2"},
		{"FROM office", ""}, {`FROM "doe jane"`, ""}, {`FROM "=?UTF-8?Q?j"`, "2"},
		{"TO jane", "2"}, {"TO board", "1"}, {`TO "board: bob@example.test, carol <c"`, "1"}, {"TO undisclosed", "3"}, {"TO dave", ""},
		{"CC dave", "2"}, {"CC jane", ""}, {"BCC eve", "3"}, {"BCC dave", ""}, {`BCC ""`, "3"}, {`CC ""`, "2"},
		{"HEADER SENDER office", "2"}, {"HEADER Reply-To desk", "2"}, {"HEADER Message-ID <two@", "2"}, {`HEADER MESSAGE-ID ""`, "1:2"},
		{`HEADER REFERENCES "test> <one"`, "2"}, {"HEADER IN-REPLY-TO one", "2"}, {`HEADER DATE "23:30"`, "1"}, {`HEADER DATE ""`, "1:2"},
		{"HEADER X-Colour blu", "1"}, {"HEADER X-Colour grun", "2"}, {`HEADER X-Colour "=?utf"`, "2"}, {`HEADER X-Colour ""`, "1:2"}, {`HEADER X-Empty ""`, "2"},
		{"HEADER X-Empty x", ""}, {`HEADER X-None ""`, ""}, {"HEADER RECEIVED relay", "1"}, {"HEADER CONTENT-TYPE mixed", "3"},
		{"BODY figures", "1"}, {"BODY gure", "1"}, {`BODY "attached, as"`, "1"}, {"BODY strassencafe", "2"}, {"BODY szlig", ""}, {"BODY secret", "3"}, {"BODY c2Vj", ""}, {"BODY quarterly", ""}, {`BODY ""`, "1:3"},
		{"TEXT figures", "1"}, {"TEXT quarterly", "1"}, {"TEXT plan.pdf", "3"}, {"TEXT blue", "1"}, {`TEXT "doe@example.test>"`, "1"}, {"TEXT grun", "2"}, {"TEXT carol", "1"}, {"TEXT eve@", "3"}, {`TEXT ""`, "1:3"},
		{`TEXT "attached, as"`, "1"}, {"TEXT relay", ""}, {"TEXT nowhere", ""}, {"TEXT desk@example", "2"},
		{"OR SUBJECT report BODY secret", "1,3"}, {"NOT SUBJECT report", "2:3"}, {"UNSEEN NOT BODY secret FROM example", "2"},
		{"OR (SEEN SENTON 3-Jun-2024) (FLAGGED SINCE 5-Jun-2024)", "1:2"}, {"NOT OR SEEN FLAGGED", "3"}, {"NOT (SEEN FROM doe)", "2:3"},
		{"FUZZY SUBJECT quart", "1"}, {`FUZZY SUBJECT "report quarterly"`, "1"}, {"FUZZY TEXT garden", "3"}, {"FUZZY SEEN", "1"}, {"FUZZY NOT BODY garden", "1:2"},
		{"FUZZY (FROM jane BODY figures)", "1"}, {"FUZZY OR FROM jane BODY garden", "1,3"}, {`FUZZY SUBJECT ""`, "1:3"},
	}
	for _, tt := range tests {
		if got := search(t, m, tt.program); got != tt.want {
			t.Errorf("%s finds %q, want %q", tt.program, got, tt.want)
		}
		matchEach(t, b, m, tt.program, tt.want)
	}
}

// matchEach asks Match about each message: it must say the same as the search.
func matchEach(t *testing.T, b *mailbox, m *query.Mailbox, text, want string) {
	t.Helper()
	var found []uint32
	for _, uid := range b.uids {
		if is, err := query.Match(context.Background(), m, program(t, text), b.record(uid)); err != nil {
			t.Errorf("%s: %v", text, err)
		} else if is {
			found = append(found, uid)
		}
	}
	if got := wire.SetOf(found).String(); got != want {
		t.Errorf("%s matches %q, want %q", text, got, want)
	}
}

func (b *mailbox) record(uid uint32) (rec store.Record) {
	err := b.st.View(context.Background(), b.acct, func(r store.Reader) (err error) {
		rec, err = r.Record(b.c, store.UID(uid), store.WantSummary)
		rec.Item.Summary = slices.Clone(rec.Item.Summary)
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return rec
}

// TestWhatTheSessionSees checks that nothing outside of the map is found, and that what is gone is no error.
func TestWhatTheSessionSees(t *testing.T) {
	b := some(t)
	m := b.view()
	m.Map = m.Map.Remove(wire.Set{{First: 1, Last: 1}})
	b.update(func(tx store.Tx) error { return tx.Remove(b.c, 2) })
	for _, tt := range []struct{ program, want string }{
		{"SUBJECT report", ""}, {"FROM example", "3"}, {"1", "2"}, {"UNSEEN", "3"}, {"BODY secret", "3"}, {"UID 1", ""}, {"HEADER X-Colour \"\"", ""},
	} {
		if got := search(t, m, tt.program); got != tt.want {
			t.Errorf("%s finds %q, want %q", tt.program, got, tt.want)
		}
	}
	m.Map = nil
	if got := search(t, m, "ALL"); got != "" {
		t.Errorf("an empty mailbox has %q", got)
	}
}

func TestDaysHaveAPlace(t *testing.T) {
	b := some(t)
	m := b.view()
	m.Location = time.FixedZone("", 3600)
	if got := search(t, m, "ON 5-Jun-2024"); got != "1:2" {
		t.Errorf("an hour further east the day has %q", got)
	}
	m.Location = time.FixedZone("", -3600)
	if got := search(t, m, "ON 4-Jun-2024"); got != "1:2" {
		t.Errorf("an hour further west the day before has %q", got)
	}
}

func TestModSeq(t *testing.T) {
	b := some(t)
	var rec store.Record
	b.update(func(tx store.Tx) (err error) {
		rec, err = tx.Mark(b.c, 2, store.FlagChange{Add: store.Seen})
		return err
	})
	r, err := query.Search(context.Background(), b.view(), program(t, "OR MODSEQ 1 SEEN"))
	if err != nil || r.ModSeq != uint64(rec.ModSeq) {
		t.Errorf("modseq %d, %v, want %d", r.ModSeq, err, rec.ModSeq)
	}
	r, err = query.Search(context.Background(), b.view(), program(t, "SEEN"))
	if err != nil || r.ModSeq != 0 {
		t.Errorf("modseq %d, %v, though nobody asked", r.ModSeq, err)
	}
	first, err := query.ModSeq(context.Background(), b.view(), wire.Set{{First: 1, Last: 1}})
	if err != nil || first == 0 || first >= uint64(rec.ModSeq) {
		t.Errorf("modseq of the first %d, %v", first, err)
	}
}

func TestScores(t *testing.T) {
	b := newMailbox(t)
	b.add(letter("Subject: red roses", "", "x"), letter("Subject: roses are red", "", "x"), letter("Subject: reddish roses", "", "x"), letter("Subject: violets", "", "x"))
	r, err := query.Search(context.Background(), b.view(), program(t, `FUZZY SUBJECT "red roses"`))
	if err != nil {
		t.Fatal(err)
	}
	if r.UIDs.String() != "1:3" || len(r.Scores) != 3 || r.Scores[1] != 100 || r.Scores[2] != 80 || r.Scores[3] != 60 {
		t.Errorf("found %v with scores %v", r.UIDs, r.Scores)
	}
	s, err := query.Sort(context.Background(), b.view(), []wire.SortKey{{By: wire.SortRelevancy, Reverse: true}}, program(t, `FUZZY SUBJECT "red roses"`))
	if err != nil || !slices.Equal(s.UIDs, []uint32{3, 2, 1}) {
		t.Errorf("worst first: %v, %v", s.UIDs, err)
	}
}

// TestWhatIsRead counts the messages opened: what the index and the summary know needs none.
func TestWhatIsRead(t *testing.T) {
	b := some(t)
	m := b.view()
	for _, text := range []string{"SEEN", "SUBJECT report", `FROM "doe, j"`, "HEADER REFERENCES one", "SENTON 3-Jun-2024", "LARGER 1", "UNSEEN SEEN TEXT x", `SEEN HEADER SUBJECT ""`} {
		search(t, m, text)
		if b.open != 0 {
			t.Errorf("%s opens %d messages", text, b.open)
		}
		b.open = 0
	}
	if search(t, m, "FLAGGED HEADER X-Colour blue"); b.open != 1 {
		t.Errorf("one message is flagged, %d were opened", b.open)
	}
}

func TestEnds(t *testing.T) {
	b := some(t)
	broken := errors.New("broken")
	for _, text := range []string{"SEEN", "SUBJECT report", "HEADER X-Colour blue", "FUZZY TEXT x", "TEXT nowhere"} {
		m := b.view()
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if _, err := query.Search(ctx, m, program(t, text)); !errors.Is(err, context.Canceled) {
			t.Errorf("%s after the end: %v", text, err)
		}
		m.View = func(context.Context, func(store.Reader) error) error { return broken }
		if _, err := query.Search(context.Background(), m, program(t, text)); !errors.Is(err, broken) {
			t.Errorf("%s in a broken store: %v", text, err)
		}
	}
	m := b.view()
	m.Open = func(context.Context, store.BlobID) (store.Blob, error) { return nil, broken }
	if _, err := query.Search(context.Background(), m, program(t, "HEADER X-Colour blue")); !errors.Is(err, broken) {
		t.Errorf("with messages that can't be opened: %v", err)
	}
	m.Open = func(context.Context, store.BlobID) (store.Blob, error) { return nil, store.NotFound }
	if got := search(t, m, "HEADER X-Colour blue"); got != "" {
		t.Errorf("in messages that are gone: %q", got)
	}
}

func TestProgress(t *testing.T) {
	b := newMailbox(t)
	var list []message
	for range 1200 {
		list = append(list, letter("Subject: x", "", "y"))
	}
	b.add(list...)
	m := b.view()
	var told [][2]uint32
	m.Progress = func(done, total uint32) error {
		told = append(told, [2]uint32{done, total})
		return nil
	}
	search(t, m, "SENTSINCE 1-Jan-2000")
	if len(told) != 3 || told[2] != [2]uint32{1200, 1200} {
		t.Errorf("progress %v", told)
	}
	enough := errors.New("enough")
	m.Progress = func(done, total uint32) error { return enough }
	if _, err := query.Search(context.Background(), m, program(t, "HEADER X y")); !errors.Is(err, enough) {
		t.Errorf("stopped: %v", err)
	}
	if b.open != 100 {
		t.Errorf("%d messages opened before the stop", b.open)
	}
	m.Progress, m.Map = nil, uidmap.FromSet(wire.Set{{First: 1, Last: 1200}}).Remove(wire.Set{{First: 2, Last: 1100}})
	if got := search(t, m, "NOT SENTSINCE 1-Jan-2000"); got != "1,1101:1200" {
		t.Errorf("with a hole: %q", got)
	}
}
