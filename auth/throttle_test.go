package auth

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gannetmail/gannet/store"
)

// inBubble runs fn with a service whose clock stands still unless fn sleeps.
func inBubble(t *testing.T, fn func(t *testing.T, s *Service, d *watched)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s, d := newTest(t, Options{})
		fn(t, s, d)
	})
}

func addr(n int) netip.Addr { return netip.AddrFrom4([4]byte{198, 51, byte(n >> 8), byte(n)}) }

// wrong tries the nth wrong password of a login and returns the wait, 0 for ErrCredentials.
func wrong(t *testing.T, s *Service, login string, n int, from netip.Addr, device string) time.Duration {
	t.Helper()
	return try(t, s, Attempt{Login: login, Password: fmt.Sprint("wrong ", n), Proto: EAS, Remote: from, Device: device})
}

// try returns the wait of a refused attempt, 0 for ErrCredentials.
func try(t *testing.T, s *Service, a Attempt) time.Duration {
	t.Helper()
	_, err := s.Verify(t.Context(), a)
	var th *Throttled
	switch {
	case errors.As(err, &th):
		if th.RetryAfter <= 0 {
			t.Errorf("Throttled with a wait of %v", th.RetryAfter)
		}
		return th.RetryAfter
	case !errors.Is(err, ErrCredentials):
		t.Fatalf("Verify(%q) = %v; want ErrCredentials or Throttled", a.Login, err)
	}
	return 0
}

func TestStrangerIsSlowedMoreAndMore(t *testing.T) {
	inBubble(t, func(t *testing.T, s *Service, _ *watched) {
		var waits []time.Duration
		for n := range 14 {
			wait := wrong(t, s, "alice", n, home, "")
			if wait > 0 {
				waits = append(waits, wait)
				time.Sleep(wait)
				if again := wrong(t, s, "alice", n, home, ""); again != 0 {
					t.Fatalf("guess %d after its wait is told to wait %v", n, again)
				}
			}
		}
		for i := 1; i < len(waits); i++ {
			if waits[i] != 2*waits[i-1] {
				t.Fatalf("waits %v; want each twice the one before", waits)
			}
		}
		if len(waits) != 7 || waits[0] != DefaultLimits.Pair.First {
			t.Errorf("waits %v; want 7 from %v on", waits, DefaultLimits.Pair.First)
		}
		if wait := try(t, s, Attempt{Login: "alice", Password: "alice's secret", Proto: EAS, Remote: home}); wait == 0 {
			t.Error("the right password gets ahead of the wait: guesses would be free")
		}
		mustVerify(t, s, Attempt{Login: "alice", Password: "alice's secret", Proto: EAS, Remote: addr(1)})
	})
}

func TestWaitHasABound(t *testing.T) {
	inBubble(t, func(t *testing.T, s *Service, _ *watched) {
		for n := range 100 {
			if wait := wrong(t, s, "alice", n, home, ""); wait > DefaultLimits.Pair.Most {
				t.Fatalf("wait %v; want at most %v", wait, DefaultLimits.Pair.Most)
			} else {
				time.Sleep(wait)
			}
		}
		time.Sleep(24 * time.Hour)
		for n := range DefaultLimits.Pair.Free {
			if wait := wrong(t, s, "alice", 1000+n, home, ""); wait > 0 {
				t.Fatalf("guess %d a day later waits %v", n, wait)
			}
		}
	})
}

func TestSuccessResetsAStranger(t *testing.T) {
	inBubble(t, func(t *testing.T, s *Service, _ *watched) {
		for round := range 50 {
			from := addr(round % 2) // both would be full without the reset
			for n := range DefaultLimits.Pair.Free - 1 {
				if wait := wrong(t, s, "alice", 100*round+n, from, ""); wait > 0 {
					t.Fatalf("round %d, guess %d waits %v", round, n, wait)
				}
			}
			mustVerify(t, s, Attempt{Login: "alice", Password: "alice's secret", Proto: EAS, Remote: from})
			time.Sleep(40 * 24 * time.Hour) // until the address is a stranger again
		}
		s.throttle.mu.Lock()
		defer s.throttle.mu.Unlock()
		for print := range s.throttle.sources.items {
			if c := s.throttle.sources.get(print).count; c > 5 {
				t.Errorf("an address is still charged %v", c)
			}
		}
	})
}

func TestSprayingFromOneAddress(t *testing.T) {
	inBubble(t, func(t *testing.T, s *Service, _ *watched) {
		var refused int
		for n := range 200 {
			if wrong(t, s, fmt.Sprintf("user%d", n), 0, home, "") > 0 {
				refused++
			}
		}
		if want := 200 - DefaultLimits.Source.Free - 1; refused != want {
			t.Errorf("%d of 200 logins refused; want %d", refused, want)
		}
	})
}

func TestIPv6CountsBy64(t *testing.T) {
	inBubble(t, func(t *testing.T, s *Service, _ *watched) {
		var wait time.Duration
		for n := range DefaultLimits.Pair.Free + 2 {
			wait = wrong(t, s, "alice", n, netip.MustParseAddr(fmt.Sprintf("2001:db8::%x", n+1)), "")
		}
		if wait == 0 {
			t.Error("a new address of the same /64 is not slowed")
		}
		if wait := wrong(t, s, "alice", 100, netip.MustParseAddr("2001:db8:0:1::1"), ""); wait > 0 {
			t.Errorf("another /64 waits %v", wait)
		}
	})
}

// A botnet guesses alice's password; her phone and her home do not notice.
func TestAccountSafetySparesTheKnown(t *testing.T) {
	inBubble(t, func(t *testing.T, s *Service, d *watched) {
		d.addDevices(t, store.Device{ID: "PHONE1", Address: "203.0.113.5", Seen: time.Now()})
		var refused int
		for n := range 1000 {
			if wrong(t, s, "alice", n, addr(n), "") > 0 {
				refused++
			}
		}
		if refused < 900 {
			t.Errorf("%d of 1000 strangers refused; want nearly all", refused)
		}
		mustVerify(t, s, Attempt{Login: "alice", Password: "alice's secret", Proto: EAS, Remote: addr(5000), Device: "PHONE1"})
		mustVerify(t, s, Attempt{Login: "alice", Password: "alice's secret", Proto: IMAP, Remote: netip.MustParseAddr("203.0.113.5")})
		mustVerify(t, s, Attempt{Login: "bob", Password: "bob's secret", Proto: IMAP, Remote: addr(6000)})
		time.Sleep(DefaultLimits.Account.Most)
		mustVerify(t, s, Attempt{Login: "alice", Password: "alice's secret", Proto: IMAP, Remote: addr(7000)})
	})
}

// Phones with an old password do not get the office banned.
func TestOldPasswordInTheOffice(t *testing.T) {
	inBubble(t, func(t *testing.T, s *Service, _ *watched) {
		old := Attempt{Login: "alice", Password: "alice's secret", Proto: EAS, Remote: home, Device: "PHONE1"}
		mustVerify(t, s, old)
		if err := s.SetPassword(t.Context(), alice, "alice's new secret"); err != nil {
			t.Fatal(err)
		}
		var told, longest time.Duration
		for range 24 * 60 {
			if wait := try(t, s, old); wait == 0 {
				told++
			} else {
				longest = max(longest, wait)
			}
			time.Sleep(time.Minute)
		}
		if told < 100 || told > 400 || longest > DefaultLimits.Repeat.Most {
			t.Errorf("told wrong %d times in a day, longest wait %v; want it slowed to one in some minutes", told, longest)
		}
		mustVerify(t, s, Attempt{Login: "bob", Password: "bob's secret", Proto: EAS, Remote: home, Device: "PHONE2"})
		corrected := old
		corrected.Password = "alice's new secret"
		mustVerify(t, s, corrected)
	})
}

func TestKnownDeviceThatGuesses(t *testing.T) {
	inBubble(t, func(t *testing.T, s *Service, _ *watched) {
		mustVerify(t, s, attempt("alice", "alice's secret"))
		var wait time.Duration
		for n := range 100 {
			wait = wrong(t, s, "alice", n, home, "PHONE1")
			time.Sleep(wait)
		}
		if wait == 0 || wait > DefaultLimits.Known.Most {
			t.Errorf("last wait %v; want above 0 and at most %v", wait, DefaultLimits.Known.Most)
		}
		for n := range 10 {
			wrong(t, s, "alice", 200+n, home, "PHONE1")
		}
		mustVerify(t, s, Attempt{Login: "alice", Password: "alice's secret", Proto: IMAP, Remote: home})
		mustVerify(t, s, Attempt{Login: "bob", Password: "bob's secret", Proto: IMAP, Remote: home})
	})
}

// Somebody behind alice's router guesses while her own program logs in all the time.
func TestKnownAddressIsNotResetBySuccess(t *testing.T) {
	inBubble(t, func(t *testing.T, s *Service, _ *watched) {
		good := Attempt{Login: "alice", Password: "alice's secret", Proto: IMAP, Remote: home}
		mustVerify(t, s, good)
		for n := range DefaultLimits.Known.Free + 2 {
			if wrong(t, s, "alice", n, home, "") > 0 {
				return
			}
			if _, err := s.Verify(t.Context(), good); err != nil {
				return // the wait holds for everyone there who claims to be alice
			}
		}
		t.Error("guesses between good logins stay free")
	})
}

func TestSameWrongPasswordIsOneGuess(t *testing.T) {
	inBubble(t, func(t *testing.T, s *Service, _ *watched) {
		for range 1000 {
			wrong(t, s, "alice", 1, home, "")
			wrong(t, s, "nobody", 1, home, "")
		}
		mustVerify(t, s, Attempt{Login: "alice", Password: "alice's secret", Proto: EAS, Remote: home})
	})
}

func TestUnknownLoginLooksLikeAKnownOne(t *testing.T) {
	inBubble(t, func(t *testing.T, s *Service, _ *watched) {
		var known, unknown []time.Duration
		for n := range 30 {
			known = append(known, wrong(t, s, "alice", n/2, addr(1), ""))
			unknown = append(unknown, wrong(t, s, "nobody", n/2, addr(2), ""))
			time.Sleep(time.Second)
		}
		for i := range known {
			if known[i] != unknown[i] {
				t.Fatalf("waits differ:\nknown   %v\nunknown %v", known, unknown)
			}
		}
	})
}

func TestParallelGuessesGainNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := newTest(t, Options{Hashers: 2})
		var mu sync.Mutex
		var looked int
		var wg sync.WaitGroup
		for n := range 200 {
			wg.Go(func() {
				if wrong(t, s, "alice", n, home, "") == 0 {
					mu.Lock()
					looked++
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		if want := DefaultLimits.Pair.Free + 1; looked != want {
			t.Errorf("%d of 200 parallel guesses were looked at; want %d", looked, want)
		}
	})
}

func TestBlockedDeviceIsNoFriend(t *testing.T) {
	inBubble(t, func(t *testing.T, s *Service, d *watched) {
		d.addDevices(t, store.Device{ID: "LOST", Wipe: store.WipeDevicePending}, store.Device{ID: "BLOCKED", Access: store.Blocked},
			store.Device{ID: "GOOD"})
		for device, want := range map[string]originKind{"LOST": stranger, "BLOCKED": stranger, "OTHER": stranger, "GOOD": knownDevice} {
			tg, err := s.lookup(t.Context(), "alice")
			if err != nil {
				t.Fatal(err)
			}
			o, err := s.known.origin(t.Context(), tg, Attempt{Remote: home, Device: device}, time.Now())
			if err != nil || o.kind != want {
				t.Errorf("device %s is of kind %d, %v; want %d", device, o.kind, err, want)
			}
		}
	})
}

func TestHashersAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHashers(1, 3)
		release, err := h.acquire(t.Context(), true)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		errs := make(chan error, 3)
		wait := func() {
			go func() {
				_, err := h.acquire(ctx, true)
				errs <- err
			}()
			synctest.Wait()
		}
		begin := time.Now()
		for range 3 {
			wait()
		}
		var th *Throttled
		if _, err := h.acquire(ctx, true); !errors.As(err, &th) || time.Since(begin) != 0 {
			t.Errorf("fourth waiter: %v after %v; want Throttled at once", err, time.Since(begin))
		}
		for range 3 {
			if err := <-errs; !errors.As(err, &th) || time.Since(begin) != patience {
				t.Errorf("waiter: %v after %v; want Throttled after %v", err, time.Since(begin), patience)
			}
		}
		wait()
		cancel()
		if err := <-errs; !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled waiter: %v", err)
		}
		release()
		if _, err := h.acquire(t.Context(), true); err != nil {
			t.Errorf("after release: %v", err)
		}
	})
}

func TestStrangersLeaveRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHashers(2, 10)
		release, err := h.acquire(t.Context(), false)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		for range 20 { // more than may wait
			go func() {
				if _, err := h.acquire(ctx, false); err == nil {
					t.Error("a second stranger got a slot")
				}
			}()
		}
		synctest.Wait()
		begin := time.Now()
		free, err := h.acquire(t.Context(), true)
		if err != nil || time.Since(begin) != 0 {
			t.Fatalf("who is known got %v after %v; want a slot at once", err, time.Since(begin))
		}
		free()
		cancel()
		synctest.Wait()
		release()
		if n := h.waiting.Load(); n != 0 || len(h.slots) != 0 || len(h.strangers) != 0 {
			t.Errorf("%d waiting, %d slots and %d strangers left", n, len(h.slots), len(h.strangers))
		}
	})
}

// Whoever begins a check and leaves must not give the others a free guess.
func TestCancelledLeaderKeepsTheCharge(t *testing.T) {
	th := newThrottle(DefaultLimits, newSeal())
	now := time.Now()
	o := origin{account: "account 1", source: "192.0.2.1"}
	for n := range 2 * DefaultLimits.Pair.Free {
		g := guess{origin: o, print: th.seal.print(fmt.Sprint(n))}
		if err := th.begin(g, now); err != nil {
			if n <= DefaultLimits.Pair.Free {
				t.Fatalf("guess %d: %v", n, err)
			}
			return
		}
		if err := th.begin(g, now); err != nil {
			t.Fatal(err)
		}
		th.undo(g)
		th.fail(g)
	}
	t.Error("never throttled")
}

func TestMemoryIsBounded(t *testing.T) {
	l := DefaultLimits
	l.Entries = 10
	th := newThrottle(l, newSeal())
	now := time.Now()
	for n := range 1000 {
		o := origin{account: fmt.Sprint(n), source: addr(n).String()}
		g := guess{origin: o, print: th.seal.print(fmt.Sprint(n))}
		if err := th.begin(g, now); err != nil {
			t.Fatal(err)
		}
		th.fail(g)
	}
	for _, n := range []int{len(th.tried.items), len(th.pairs.items), len(th.sources.items), len(th.accounts.items), th.pairs.order.Len()} {
		if n != l.Entries {
			t.Errorf("a table holds %d; want %d", n, l.Entries)
		}
	}
}

// TestRefusedGuessesLeaveNoTrace: who is told to wait cannot push out of memory what others have to wait for, by
// trying many logins meanwhile.
func TestRefusedGuessesLeaveNoTrace(t *testing.T) {
	l := DefaultLimits
	l.Entries = 200
	th := newThrottle(l, newSeal())
	now := time.Now()
	next := 0
	try := func(account, source string) error {
		next++
		g := guess{origin: origin{account: account, source: source}, print: th.seal.print(fmt.Sprint(next))}
		err := th.begin(g, now)
		if err == nil {
			th.fail(g)
		}
		return err
	}
	for n := range l.Account.Free + 1 {
		if err := try("alice", addr(n).String()); err != nil {
			t.Fatalf("guess %d: %v", n, err)
		}
	}
	refused := 0
	for n := range 10 * l.Entries {
		if try(fmt.Sprint("nobody ", n), "2001:db8::/64") != nil {
			refused++
		}
	}
	if refused == 0 {
		t.Fatal("the source was never refused")
	}
	if try("alice", addr(1000).String()) == nil {
		t.Error("refused guesses at other accounts made the account's own wait forgotten")
	}
}

// A device's id is no secret: the request line has it. Who borrows it from elsewhere gets few guesses, and does
// not slow the device where it is known.
func TestBorrowedDeviceID(t *testing.T) {
	inBubble(t, func(t *testing.T, s *Service, _ *watched) {
		mine := Attempt{Login: "alice", Password: "alice's secret", Proto: EAS, Remote: home, Device: "PHONE1"}
		mustVerify(t, s, mine)
		looked := 0
		for n := range 1000 {
			if wrong(t, s, "alice", n, addr(n), "PHONE1") == 0 {
				looked++
			}
			if n%100 == 0 {
				mustVerify(t, s, mine)
			}
		}
		if want := DefaultLimits.Known.Free + 1; looked != want {
			t.Errorf("%d of 1000 guesses were looked at; want %d", looked, want)
		}
		roaming := mine
		roaming.Remote = addr(5000)
		if wait := try(t, s, roaming); wait == 0 || wait > DefaultLimits.Known.Most {
			t.Errorf("at a new address it waits %v; want no more than %v", wait, DefaultLimits.Known.Most)
		}
		time.Sleep(DefaultLimits.Known.Most)
		mustVerify(t, s, roaming)
		for n := range 20 {
			wrong(t, s, "alice", 2000+n, addr(n), "PHONE1")
		}
		mustVerify(t, s, roaming)
	})
}
