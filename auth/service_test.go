package auth

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gannetmail/gannet/store"
)

var home = netip.MustParseAddr("192.0.2.1")

func attempt(login, password string) Attempt {
	return Attempt{Login: login, Password: password, Proto: EAS, Remote: home, Device: "PHONE1"}
}

func TestVerify(t *testing.T) {
	s, _ := newTest(t, Options{})
	tests := []struct {
		name, login, password string
		want                  store.AccountID // 0: ErrCredentials
	}{
		{"address", "alice@example.test", "alice's secret", alice},
		{"user", "alice", "alice's secret", alice},
		{"capitals and spaces", " Alice@EXAMPLE.test ", "alice's secret", alice},
		{"domain in front", `example.test\alice`, "alice's secret", alice},
		{"short domain in front", `EXAMPLE\alice`, "alice's secret", alice},
		{"unknown domain in front", `CORP\alice`, "alice's secret", alice},
		{"nothing in front", `\alice`, "alice's secret", alice},
		{"domain in front of an address", `EXAMPLE\alice@example.test`, "alice's secret", alice},
		{"alias", "a.liddell@example.test", "alice's secret", alice},
		{"alias in the default domain", "a.liddell", "alice's secret", alice},
		{"list", "team@example.test", "alice's secret", 0},
		{"caught address", "anyone@bücher.example", "bob's secret", 0},
		{"wrong password", "alice", "alice's Secret", 0},
		{"other's password", "bob", "alice's secret", 0},
		{"unknown", "carol", "alice's secret", 0},
		{"no login", "", "alice's secret", 0},
		{"no password", "alice", "", 0},
		{"long login", strings.Repeat("a", 600), "alice's secret", 0},
		{"long password", "alice", strings.Repeat("a", 2000), 0},
		{"no address", "@@\x00", "x", 0},
		{"right after all of this", "bob", "bob's secret", bob},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			id, err := s.Verify(t.Context(), attempt(tt.login, tt.password))
			if tt.want == 0 && !errors.Is(err, ErrCredentials) {
				t.Errorf("Verify = %v, %v; want ErrCredentials", id, err)
			}
			if tt.want != 0 && (err != nil || id.Account.ID != tt.want || id.Credential == 0 || id.App) {
				t.Errorf("Verify = %v, %v; want account %d", id, err, tt.want)
			}
		})
	}
}

func TestVerifyCachedCostsOneView(t *testing.T) {
	s, d := newTest(t, Options{})
	mustVerify(t, s, attempt("alice", "alice's secret"))
	s.hashers.slots <- struct{}{} // from here on no hash can be computed
	for cap(s.hashers.slots) > len(s.hashers.slots) {
		s.hashers.slots <- struct{}{}
	}
	d.views.Store(0)
	d.updates.Store(0)
	mustVerify(t, s, attempt("alice@example.test", "alice's secret"))
	if views, updates := d.views.Load(), d.updates.Load(); views != 1 || updates != 0 {
		t.Errorf("%d views, %d updates for a cached login; want 1, 0", views, updates)
	}
}

func TestCacheFollowsTheStore(t *testing.T) {
	a := attempt("alice", "alice's secret")
	edits := map[string]func(s *Service, d *watched) error{
		"changed password": func(s *Service, _ *watched) error {
			return s.SetPassword(t.Context(), alice, "alice's new secret")
		},
		"changed by another process": func(_ *Service, d *watched) error {
			other := New(d, Options{Params: cheap, SCRAMIterations: 1})
			return other.SetPassword(t.Context(), alice, "alice's new secret")
		},
		"disabled": func(_ *Service, d *watched) error {
			d.disable(t)
			return nil
		},
		"removed": func(_ *Service, d *watched) error {
			d.edit(t, 0, func(tx store.Tx) error { return tx.RemoveAccount(alice) })
			return nil
		},
	}
	for name, edit := range edits {
		t.Run(name, func(t *testing.T) {
			s, d := newTest(t, Options{})
			mustVerify(t, s, a)
			if err := edit(s, d); err != nil {
				t.Fatal(err)
			}
			if id, err := s.Verify(t.Context(), a); !errors.Is(err, ErrCredentials) {
				t.Errorf("Verify = %v, %v; want ErrCredentials", id, err)
			}
		})
	}
}

func TestWrongBecomesRight(t *testing.T) {
	s, _ := newTest(t, Options{})
	a := attempt("alice", "tomorrow's secret")
	if _, err := s.Verify(t.Context(), a); !errors.Is(err, ErrCredentials) {
		t.Fatalf("Verify = %v; want ErrCredentials", err)
	}
	if err := s.SetPassword(t.Context(), alice, a.Password); err != nil {
		t.Fatal(err)
	}
	mustVerify(t, s, a)
}

func TestRenewsOldHashes(t *testing.T) {
	s, d := newTest(t, Options{})
	d.edit(t, 0, func(tx store.Tx) error {
		c := d.creds(t, alice)[0]
		c.Hash, c.SCRAM = newArgonHash(Argon{Memory: 16, Time: 2, Threads: 2}, "an old secret").String(), ""
		_, err := tx.PutCredential(c)
		return err
	})
	a := attempt("alice", "an old secret")
	mustVerify(t, s, a)
	c := d.creds(t, alice)[0]
	h, err := parseArgon(c.Hash)
	if err != nil || h.params != cheap || c.SCRAM == "" {
		t.Errorf("credential after login: %+v, %v; want %v and a SCRAM verifier", c, err, cheap)
	}
	d.updates.Store(0)
	mustVerify(t, s, a)
	if d.updates.Load() != 0 {
		t.Error("the second login wrote again")
	}
}

func TestRenewsOldVerifiers(t *testing.T) {
	s, d := newTest(t, Options{})
	d.edit(t, 0, func(tx store.Tx) error {
		c := d.creds(t, alice)[0]
		keys, err := newSCRAMKeys("an old secret", 2*s.o.SCRAMIterations)
		if err != nil {
			return err
		}
		c.Hash, c.SCRAM = newArgonHash(cheap, "an old secret").String(), keys.String()
		_, err = tx.PutCredential(c)
		return err
	})
	mustVerify(t, s, attempt("alice", "an old secret"))
	keys, err := parseSCRAM(d.creds(t, alice)[0].SCRAM)
	if err != nil || keys.iterations != s.o.SCRAMIterations {
		t.Errorf("verifier after login: %d iterations, %v; want %d", keys.iterations, err, s.o.SCRAMIterations)
	}
}

func TestRenewalIsOptional(t *testing.T) {
	s, d := newTest(t, Options{Params: Argon{Memory: 16, Time: 1, Threads: 1}})
	s.o.Params = cheap
	s.st = readOnly{d}
	mustVerify(t, s, attempt("alice", "alice's secret"))
}

// readOnly refuses to write, as a full disk does.
type readOnly struct{ *watched }

func (readOnly) Update(context.Context, store.AccountID, func(store.Tx) error) error {
	return store.Full
}

func TestStoreErrorIsNotCharged(t *testing.T) {
	s, d := newTest(t, Options{})
	d.fail = store.Internal
	for range 100 {
		if _, err := s.Verify(t.Context(), attempt("alice", "x")); !errors.Is(err, store.Internal) {
			t.Fatalf("Verify = %v; want store.Internal", err)
		}
	}
	d.fail = nil
	mustVerify(t, s, attempt("alice", "alice's secret"))
}

func TestSetPasswordRefusesWeakOnes(t *testing.T) {
	s, _ := newTest(t, Options{})
	for _, bad := range []string{"", "1234567", "täglic", "alice@example.test", "Alice@Example.TEST", "line\nbreak-long", "\xff\xff\xff\xff\xff\xff\xff\xff", strings.Repeat("a", 2000)} {
		if err := s.SetPassword(t.Context(), alice, bad); !errors.Is(err, ErrWeakPassword) {
			t.Errorf("SetPassword(%q) = %v; want ErrWeakPassword", bad, err)
		}
	}
	if err := s.SetPassword(t.Context(), 99, "long enough"); !errors.Is(err, store.NotFound) {
		t.Errorf("SetPassword of nobody = %v; want NotFound", err)
	}
	mustVerify(t, s, attempt("alice", "alice's secret"))
}

func TestComposedAndDecomposed(t *testing.T) {
	s, _ := newTest(t, Options{})
	if err := s.SetPassword(t.Context(), alice, "schlu\u0308ssel"); err != nil {
		t.Fatal(err)
	}
	mustVerify(t, s, attempt("alice", "schl\u00fcssel"))
}

func TestLastUse(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	s, d := newTest(t, Options{Now: func() time.Time { return now }})
	use := func(want time.Time, wantUpdates int64) {
		t.Helper()
		mustVerify(t, s, attempt("alice", "alice's secret"))
		d.updates.Store(0)
		if err := s.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		got, updates := d.creds(t, alice)[0].Used, d.updates.Load()
		if !got.Equal(want) || updates != wantUpdates {
			t.Errorf("used %v after %d updates; want %v after %d", got, updates, want, wantUpdates)
		}
	}
	first := now
	use(first, 1)
	now = now.Add(9 * time.Minute)
	use(first, 0)
	now = now.Add(time.Minute)
	use(now, 1)
}

func mustVerify(t testing.TB, s *Service, a Attempt) Identity {
	t.Helper()
	id, err := s.Verify(t.Context(), a)
	if err != nil {
		t.Fatalf("Verify(%s from %v, device %q) = %v", a.Login, a.Remote, a.Device, err)
	}
	return id
}

func TestRunWritesWhatIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, d := newTest(t, Options{})
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() {
			if err := s.Run(ctx); err != nil {
				t.Error(err)
			}
		})
		noted := func() int { return used(append(d.creds(t, alice), d.creds(t, bob)...)) }
		mustVerify(t, s, attempt("alice", "alice's secret"))
		time.Sleep(flushEvery + time.Second)
		if n := noted(); n != 1 {
			t.Errorf("%d credentials noted after %v; want 1", n, flushEvery)
		}
		mustVerify(t, s, attempt("bob", "bob's secret"))
		cancel()
		wg.Wait()
		if n := noted(); n != 2 {
			t.Errorf("%d credentials noted after the end; want 2", n)
		}
	})
}

func TestParallelLoginsShareOneHash(t *testing.T) {
	s, _ := newTest(t, Options{Hashers: 1})
	var ran atomic.Int64
	print := s.seal.print("x")
	synctest.Test(t, func(t *testing.T) {
		var wg sync.WaitGroup
		var f flights
		for range 50 {
			wg.Go(func() {
				c, err := f.do(t.Context(), print, func() (*store.Credential, error) {
					ran.Add(1)
					time.Sleep(time.Second)
					return &store.Credential{ID: 7}, nil
				})
				if err != nil || c.ID != 7 {
					t.Errorf("do = %v, %v", c, err)
				}
			})
		}
		wg.Wait()
		if n := ran.Load(); n != 1 {
			t.Errorf("ran %d times; want once", n)
		}
	})
}

func TestUnknownLoginIsHashed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := newTest(t, Options{Hashers: 1})
		s.hashers.slots <- struct{}{}
		for _, login := range []string{"alice", "nobody"} {
			begin := time.Now()
			_, err := s.Verify(t.Context(), attempt(login, "wrong"))
			var th *Throttled
			if !errors.As(err, &th) || time.Since(begin) != patience {
				t.Errorf("%s: %v after %v; want Throttled after waiting %v for a hasher", login, err, time.Since(begin), patience)
			}
		}
		<-s.hashers.slots
		mustVerify(t, s, attempt("alice", "alice's secret"))
	})
}

func TestLogHasNoPassword(t *testing.T) {
	var log bytes.Buffer
	s, _ := newTest(t, Options{Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	mustVerify(t, s, attempt("alice", "alice's secret"))
	for range 3 {
		if _, err := s.Verify(t.Context(), attempt("alice", "hunter2-hunter2")); !errors.Is(err, ErrCredentials) {
			t.Fatal(err)
		}
	}
	if got := log.String(); strings.Contains(got, "hunter2") || strings.Contains(got, "secret") || strings.Count(got, "level=INFO") != 1 || !strings.Contains(got, "known=true") {
		t.Errorf("log:\n%s\nwant one refusal of a known origin, without any password", got)
	}
}
