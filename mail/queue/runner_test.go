package queue

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gannetmail/gannet/store"
)

var (
	refused = Outcome{Failed: true, Permanent: true, Status: "5.1.1", Text: "no such user", Remote: "hop.test"}
	later   = Outcome{Failed: true, Status: "4.2.1", Text: "not now", Remote: "hop.test"}
)

func TestSendsWhatIsQueued(t *testing.T) {
	inBubble(t, func(w *world) {
		w.run(Options{}, func() {
			w.send("a@outside.test", "b@outside.test", "bob@example.test")
			w.settled(0)
			w.send("c@outside.test") // wakes a sleeping runner
			w.settled(0)
		})
		calls := w.hop.all()
		if len(calls) != 2 {
			t.Fatalf("%d transactions: %+v", len(calls), calls)
		}
		c := calls[0]
		if got := c.to(); !slices.Equal(got, []string{"a@outside.test", "b@outside.test"}) || c.hop.Host != "hop.test" {
			t.Errorf("to %v by %v; want both in one transaction", got, c.hop)
		}
		if c.m.Sender != "alice@example.test" || c.body != message || c.m.Size != int64(len(message)) {
			t.Errorf("sent %+v with %q", c.m, c.body)
		}
		if got := w.inbox(w.bob); len(got) != 1 || got[0] != message {
			t.Errorf("bob has %q", got)
		}
	})
}

func TestNoRoute(t *testing.T) {
	inBubble(t, func(w *world) {
		w.run(Options{}, func() {
			w.send("a@elsewhere.test")
			w.settled(0)
		})
		got := w.inbox(w.alice)
		if len(got) != 1 || !strings.Contains(got[0], "routes.default") || !strings.Contains(got[0], "a@elsewhere.test") {
			t.Errorf("notice %q", got)
		}
	})
}

func TestFailureNotice(t *testing.T) {
	inBubble(t, func(w *world) {
		w.hop.answer = func(c call) []Outcome { return []Outcome{refused, {Status: "2.0.0"}, refused} }
		w.run(Options{}, func() {
			w.send("a@outside.test", "b@outside.test", "c@outside.test")
			w.settled(0)
		})
		got := w.inbox(w.alice)
		if len(got) != 1 {
			t.Fatalf("%d notices: %q", len(got), got)
		}
		for _, want := range []string{
			"multipart/report", "report-type=delivery-status", "To: <alice@example.test>", "a@outside.test", "c@outside.test",
			"Action: failed", "Status: 5.1.1", "no such user", "Message-ID: <m1@example.test>",
		} {
			if !strings.Contains(got[0], want) {
				t.Errorf("the notice lacks %q:\n%s", want, got[0])
			}
		}
		if strings.Contains(got[0], "b@outside.test") {
			t.Errorf("the notice names a recipient that has the message:\n%s", got[0])
		}
	})
}

// Nobody hears of a failed notice, of a message without a sender, or against NOTIFY.
func TestNoNotice(t *testing.T) {
	inBubble(t, func(w *world) {
		w.hop.answer = always(refused)
		w.run(Options{}, func() {
			w.sendAs("", nil, "a@outside.test")
			w.sendAs("alice@example.test", []string{"NEVER"}, "a@outside.test")
			w.settled(0) // or the next, whose bytes are the same, may share its transaction
			w.sendAs("alice@example.test", []string{"SUCCESS"}, "a@outside.test")
			w.sendAs("ghost@outside.test", nil, "a@outside.test") // its notice fails as well
			w.settled(0)
		})
		if got := w.inbox(w.alice); len(got) != 0 {
			t.Errorf("notices %q", got)
		}
		if n := len(w.hop.all()); n != 5 {
			t.Errorf("%d transactions; want 4 messages and 1 notice", n)
		}
	})
}

func TestSuccessNotice(t *testing.T) {
	inBubble(t, func(w *world) {
		w.hop.answer = always(Outcome{Status: "2.0.0", Relayed: true})
		w.run(Options{}, func() {
			w.sendAs("alice@example.test", []string{"SUCCESS", "SUCCESS", "FAILURE"}, "bob@example.test", "a@outside.test", "b@outside.test")
			w.settled(0)
		})
		got := w.inbox(w.alice)
		slices.Sort(got)
		all := strings.Join(got, "\n")
		if len(got) != 2 || !strings.Contains(all, "Action: delivered") || !strings.Contains(all, "Action: relayed") || strings.Contains(all, "b@outside.test") ||
			!strings.Contains(all, "was delivered to:") || !strings.Contains(all, "handed to the next server") {
			t.Errorf("notices %q", got)
		}
	})
}

func TestRetryAndExpiry(t *testing.T) {
	inBubble(t, func(w *world) {
		w.hop.answer = always(later)
		begin := time.Now()
		w.run(Options{WarnAfter: 4 * time.Hour}, func() {
			w.send("a@outside.test")
			synctest.Wait()
			time.Sleep(30 * time.Second)
			if rows := w.queue(); len(rows) != 1 || rows[0].Attempts != 1 || !strings.Contains(rows[0].LastError, "not now") {
				t.Errorf("after the first attempt %+v", rows)
			}
			time.Sleep(5*24*time.Hour + time.Hour)
			w.settled(0)
		})
		var waits []time.Duration
		last := begin
		for _, c := range w.hop.all() {
			waits = append(waits, c.at.Sub(last).Round(time.Minute))
			last = c.at
		}
		m, h := time.Minute, time.Hour
		if want := []time.Duration{0, m, 5 * m, 15 * m, 30 * m, h, 2 * h, 4 * h, 4 * h}; !slices.Equal(waits[:len(want)], want) {
			t.Errorf("waits %v; want %v", waits[:len(want)], want)
		}
		if end := last.Sub(begin); end > 5*24*h || end < 4*24*h {
			t.Errorf("tried for %v", end)
		}
		got := w.inbox(w.alice)
		if len(got) != 2 || !strings.Contains(got[0], "Action: delayed") || !strings.Contains(got[1], "Action: failed") || !strings.Contains(got[1], "Status: 4.4.7") {
			t.Errorf("notices %q", got)
		}
	})
}

func TestRetrySucceeds(t *testing.T) {
	inBubble(t, func(w *world) {
		w.hop.answer = func(c call) []Outcome {
			if len(w.hop.all()) < 3 {
				return always(later)(c)
			}
			return always(Outcome{})(c)
		}
		w.run(Options{}, func() {
			w.send("a@outside.test")
			time.Sleep(10 * time.Minute)
			w.settled(0)
		})
		if got := w.inbox(w.alice); len(got) != 0 {
			t.Errorf("notices %q", got)
		}
	})
}

// TestPanic is a transport with a fault: the recipient is tried again, and the server lives on.
func TestPanic(t *testing.T) {
	inBubble(t, func(w *world) {
		w.hop.answer = func(c call) []Outcome {
			if len(w.hop.all()) < 2 {
				panic("fault")
			}
			return always(Outcome{})(c)
		}
		w.run(Options{}, func() {
			w.send("a@outside.test")
			time.Sleep(10 * time.Minute)
			w.settled(0)
		})
		if n := len(w.hop.all()); n != 2 {
			t.Errorf("%d attempts; want 2", n)
		}
	})
}

func TestLocalUnknownAndAlias(t *testing.T) {
	inBubble(t, func(w *world) {
		w.run(Options{}, func() {
			w.send("nobody@example.test", "list@example.test", "bob+tag@example.test")
			w.settled(0)
		})
		if got := w.inbox(w.bob); len(got) != 1 { // the list's copy and his own are one
			t.Errorf("bob has %d messages", len(got))
		}
		got := w.inbox(w.alice)
		if len(got) != 2 || !strings.Contains(strings.Join(got, ""), "nobody@example.test") {
			t.Errorf("alice has %q; want the message and a notice", got)
		}
	})
}

// One mailbox behind two of the recipients gets the message once.
func TestLocalOnce(t *testing.T) {
	inBubble(t, func(w *world) {
		w.send("bob@example.test", "bob+a@example.test", "bob+b@example.test")
		w.run(Options{}, func() { w.settled(0) })
		if got := w.inbox(w.bob); len(got) != 1 {
			t.Errorf("bob has %d messages", len(got))
		}
		w.run(Options{}, func() { w.send("bob@example.test"); w.settled(0) }) // sent again is another message
		if got := w.inbox(w.bob); len(got) != 2 {
			t.Errorf("bob has %d messages", len(got))
		}
	})
}

func TestLocalOverQuota(t *testing.T) {
	inBubble(t, func(w *world) {
		quota := func(n int64) {
			w.update(func(tx store.Tx) error {
				b := w.bob
				b.Quota = n
				return tx.UpdateAccount(b)
			})
		}
		quota(10)
		w.run(Options{}, func() {
			w.send("bob@example.test")
			time.Sleep(30 * time.Second)
			if rows := w.settled(1); !strings.Contains(rows[0].LastError, "4.2.2") {
				t.Errorf("row %+v", rows[0])
			}
			quota(0)
			time.Sleep(time.Minute)
			w.settled(0)
		})
		if got := w.inbox(w.bob); len(got) != 1 {
			t.Errorf("bob has %d messages", len(got))
		}
	})
}

func TestConcurrencyLimits(t *testing.T) {
	inBubble(t, func(w *world) {
		w.hop.block = make(chan struct{})
		for i := range 30 {
			w.send(fmt.Sprintf("a%d@slow.test", i))
			time.Sleep(time.Millisecond) // the same message at the same instant would be one
		}
		w.run(Options{PerHop: 3}, func() {
			synctest.Wait()
			time.Sleep(time.Second)
			if w.hop.atOnce() != 3 {
				t.Errorf("%d transactions at once; want 3", w.hop.atOnce())
			}
			w.send("b@outside.test", "bob@example.test") // the busy hop holds nobody else up
			time.Sleep(time.Second)
			if w.hop.atOnce() != 4 || len(w.inbox(w.bob)) != 1 {
				t.Errorf("%d transactions at once, bob has %d messages", w.hop.atOnce(), len(w.inbox(w.bob)))
			}
			close(w.hop.block)
			w.settled(0)
		})
		if n := len(w.hop.all()); n != 31 {
			t.Errorf("%d transactions; want 31", n)
		}
	})
}

// More waiting rows of a busy hop than are read at once do not hide the others.
func TestBusyHopHidesNobody(t *testing.T) {
	inBubble(t, func(w *world) {
		w.hop.block = make(chan struct{})
		var to []string
		for i := range 3 * batch {
			to = append(to, fmt.Sprintf("a%d@slow.test", i))
		}
		w.send(to...)
		w.run(Options{PerHop: 1}, func() {
			w.send("bob@example.test")
			time.Sleep(time.Second)
			if len(w.inbox(w.bob)) != 1 {
				t.Error("bob waits behind a busy hop")
			}
			close(w.hop.block)
			w.settled(0)
		})
		for _, c := range w.hop.all() {
			if len(c.m.Recipients) > group {
				t.Errorf("%d recipients in one transaction", len(c.m.Recipients))
			}
		}
	})
}

// A stop lets what runs end, and starts nothing.
func TestStop(t *testing.T) {
	inBubble(t, func(w *world) {
		w.hop.block = make(chan struct{})
		w.send("a@outside.test")
		begin := time.Now()
		w.run(Options{Grace: 7 * time.Second}, func() { synctest.Wait(); time.Sleep(time.Second) })
		if took := time.Since(begin); took < 7*time.Second || took > 9*time.Second {
			t.Errorf("stopped after %v", took)
		}
		rows := w.queue()
		if len(rows) != 1 || rows[0].Attempts != 1 || !strings.Contains(rows[0].LastError, "cut off") {
			t.Errorf("queue %+v", rows)
		}
	})
}

// slow is a store whose next look at the queue is held up after it was taken.
type slow struct {
	store.Store
	hold chan chan struct{}
}

func (s *slow) View(ctx context.Context, acct store.AccountID, fn func(store.Reader) error) error {
	err := s.Store.View(ctx, acct, fn)
	select {
	case release := <-s.hold:
		<-release
	default:
	}
	return err
}

// An attempt that ends while the queue is being read is not repeated.
func TestLandsDuringRead(t *testing.T) {
	inBubble(t, func(w *world) {
		w.hop.block = make(chan struct{})
		st := &slow{Store: w.st, hold: make(chan chan struct{}, 1)}
		w.runOn(st, Options{}, func() {
			w.send("a@outside.test")
			synctest.Wait()
			release := make(chan struct{})
			st.hold <- release
			w.send("b@outside.test")
			synctest.Wait()
			close(w.hop.block)
			w.settled(1) // a's row is gone, b's was read with it
			close(release)
			w.settled(0)
		})
		var to []string
		for _, c := range w.hop.all() {
			to = append(to, c.to()...)
		}
		if !slices.Equal(to, []string{"a@outside.test", "b@outside.test"}) {
			t.Errorf("sent to %v", to)
		}
	})
}

// stubborn is a store that cannot write the outcome of attempts for a while.
type stubborn struct {
	store.Store
	fails int
}

func (s *stubborn) Update(ctx context.Context, acct store.AccountID, fn func(store.Tx) error) error {
	if s.fails > 0 {
		s.fails--
		return fmt.Errorf("write: %w", store.Full)
	}
	return s.Store.Update(ctx, acct, fn)
}

// A full disk does not make the server send the same message over and over.
func TestOutcomeIsKeptUntilWritten(t *testing.T) {
	inBubble(t, func(w *world) {
		w.send("a@outside.test")
		w.runOn(&stubborn{Store: w.st, fails: 8}, Options{}, func() {
			time.Sleep(10 * time.Minute)
			w.settled(0)
		})
		if n := len(w.hop.all()); n != 1 {
			t.Errorf("sent %d times", n)
		}
	})
}

// A row that an operator removes while it is tried stays removed.
func TestRemovedMeanwhile(t *testing.T) {
	inBubble(t, func(w *world) {
		w.hop.answer = func(c call) []Outcome {
			for _, row := range w.queue() {
				w.update(func(tx store.Tx) error { return tx.Dequeue(row.ID) })
			}
			return always(later)(c)
		}
		w.run(Options{}, func() {
			w.send("a@outside.test")
			time.Sleep(time.Hour)
			w.settled(0)
		})
		if n := len(w.hop.all()); n != 1 {
			t.Errorf("%d attempts", n)
		}
	})
}

func TestClosedStore(t *testing.T) {
	inBubble(t, func(w *world) {
		if err := w.st.Close(); err != nil {
			t.Fatal(err)
		}
		if err := New(w.st, w.mail, w.hop, Options{}).Run(w.t.Context()); !errors.Is(err, store.Closed) {
			t.Errorf("run on a closed store: %v", err)
		}
	})
}
