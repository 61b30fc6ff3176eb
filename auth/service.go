package auth

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/netip"
	"runtime"
	"slices"
	"strconv"
	"time"

	"github.com/gannetmail/gannet/store"
)

// The protocols that an [Attempt] may name and an application password may be limited to.
const (
	EAS  = "eas"
	SMTP = "smtp"
	IMAP = "imap"
	POP3 = "pop3"
	Web  = "web"
	DAV  = "dav"
	// Discover is autodiscovery: any credential is good for it, so it is no scope.
	Discover = "autodiscover"
)

// Longest accepted input in bytes. What is longer is refused without being hashed.
const (
	maxLogin    = 512
	maxPassword = 1024
)

// Options of a [Service]. The zero value of every field means its default.
type Options struct {
	// DefaultDomains complete the login "user", tried in this order. None: the only domain, if there is
	// exactly one.
	DefaultDomains []string
	// Params are the argon2id costs of new hashes; default [DefaultArgon].
	Params Argon
	// SCRAMIterations of new verifiers; default 60,000. RFC 7677 asks for at least 4096; clients with Cyrus
	// SASL refuse more than 65,536.
	SCRAMIterations int
	// MinPassword is the least number of characters of a main password; default 8.
	MinPassword int
	// CacheFor is how long a password found right needs no hashing; default 15 minutes. Negative: never.
	CacheFor time.Duration
	// Hashers is how many hashes are computed at once; default one for each core.
	Hashers int
	// MaxWaiting is how many may wait for a hasher; default 64 for each. More are Throttled.
	MaxWaiting int
	// Secret makes the SCRAM answers for unknown logins the same after a restart; at least 16 random
	// bytes, kept by the operator's data folder. Default: random.
	Secret []byte
	// Limits of the throttle; default [DefaultLimits].
	Limits *Limits
	Log    *slog.Logger
	Now    func() time.Time
}

func (o Options) withDefaults() Options {
	if o.Params == (Argon{}) {
		o.Params = DefaultArgon
	}
	if o.SCRAMIterations == 0 {
		o.SCRAMIterations = 60_000
	}
	if o.MinPassword == 0 {
		o.MinPassword = 8
	}
	if o.CacheFor == 0 {
		o.CacheFor = 15 * time.Minute
	}
	if o.Hashers == 0 {
		o.Hashers = runtime.GOMAXPROCS(0)
	}
	if o.MaxWaiting == 0 {
		o.MaxWaiting = 64 * o.Hashers
	}
	if len(o.Secret) == 0 {
		o.Secret = randomBytes(32)
	}
	if o.Limits == nil {
		o.Limits = &DefaultLimits
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// Attempt is one try to log in.
type Attempt struct {
	// Login is "user", "user@domain", "DOMAIN\user" or "DOMAIN\user@domain"; aliases do as well.
	Login    string
	Password string
	Proto    string     // EAS, SMTP, …
	Remote   netip.Addr // of the client; the zero Addr is a local one
	Device   string     // the id that the client calls itself; empty: none
}

// Identity is who logged in, and with what.
type Identity struct {
	Account    store.Account
	Credential store.CredentialID
	App        bool // an application password
}

// Service checks and changes credentials. It is safe for concurrent use.
type Service struct {
	st       store.Store
	o        Options
	seal     seal
	hashers  *hashers
	dummy    argonHash
	right    *rightCache
	flights  flights
	known    *known
	throttle *throttle
	notes    *notes
}

// New returns a Service on st.
func New(st store.Store, o Options) *Service {
	o = o.withDefaults()
	sl := newSeal()
	return &Service{
		st:       st,
		o:        o,
		seal:     sl,
		hashers:  newHashers(o.Hashers, o.MaxWaiting),
		dummy:    argonHash{params: o.Params, salt: randomBytes(saltSize), key: randomBytes(keySize)},
		right:    newRightCache(o.CacheFor),
		known:    newKnown(st, sl),
		throttle: newThrottle(*o.Limits, sl),
		notes:    newNotes(),
	}
}

// Verify checks a password. The error is ErrCredentials, a *[Throttled], the context's or the store's.
func (s *Service) Verify(ctx context.Context, a Attempt) (Identity, error) {
	if a.Login == "" || a.Password == "" || len(a.Login) > maxLogin || len(a.Password) > maxPassword {
		return Identity{}, ErrCredentials
	}
	t, err := s.lookup(ctx, a.Login)
	if err != nil {
		return Identity{}, err
	}
	password := prepared(a.Password)
	return s.judge(ctx, t, a, password, func(ctx context.Context, from origin) (*store.Credential, error) {
		return s.check(ctx, t, from, password)
	})
}

// judge puts one guess through the throttle. secret is what is guessed; check finds the credential that
// it proves, nil for none.
func (s *Service) judge(ctx context.Context, t target, a Attempt, secret string, check func(context.Context, origin) (*store.Credential, error)) (Identity, error) {
	from, err := s.known.origin(ctx, t, a, s.o.Now())
	if err != nil {
		return Identity{}, err
	}
	g := guess{origin: from, print: s.seal.print("guess", t.name, from.name(), a.Proto, secret), version: t.version}
	if err := s.throttle.begin(g, s.o.Now()); err != nil {
		s.logAttempt(ctx, slog.LevelDebug, "login refused again", t, a, from)
		return Identity{}, err
	}
	c, err := check(ctx, from)
	if err != nil {
		s.throttle.undo(g)
		return Identity{}, err
	}
	if c == nil || t.account.Disabled || !inScope(c, a.Proto) {
		s.throttle.fail(g)
		s.logAttempt(ctx, slog.LevelInfo, "login refused", t, a, from)
		return Identity{}, ErrCredentials
	}
	now := s.o.Now()
	s.throttle.succeed(g)
	s.known.note(from, now)
	s.notes.used(*c, now)
	return Identity{Account: t.account, Credential: c.ID, App: c.Kind == store.AppPassword}, nil
}

// check finds the credential that password proves: from memory, or by hashing.
func (s *Service) check(ctx context.Context, t target, from origin, password string) (*store.Credential, error) {
	print := s.seal.print("right", t.name, password)
	if c := s.right.get(print, t, s.o.Now()); c != nil {
		return c, nil
	}
	if c := matchApp(t.creds, password); c != nil {
		s.right.put(print, *c, s.o.Now())
		return c, nil
	}
	run := s.seal.print("run", t.name, password, strconv.FormatUint(t.version, 36))
	return s.flights.do(ctx, run, func() (*store.Credential, error) {
		c, err := s.checkMain(ctx, t, from, password)
		if err == nil && c != nil {
			s.right.put(print, *c, s.o.Now())
		}
		return c, err
	})
}

// checkMain hashes password, whether or not there is anything to compare it with.
func (s *Service) checkMain(ctx context.Context, t target, from origin, password string) (*store.Credential, error) {
	release, err := s.hashers.acquire(ctx, from.kind != stranger)
	if err != nil {
		return nil, err
	}
	defer release()
	main, h := t.main()
	if main == nil {
		s.dummy.matches(password)
		return nil, nil
	}
	if !h.matches(password) {
		return nil, nil
	}
	if keys, err := parseSCRAM(main.SCRAM); err != nil || keys.iterations != s.o.SCRAMIterations || h.params != s.o.Params {
		s.renew(ctx, main, password)
	}
	return main, nil
}

// renew replaces a hash that was made with other parameters. It is a courtesy: an error is logged and
// the login goes on.
func (s *Service) renew(ctx context.Context, c *store.Credential, password string) {
	old := c.Hash
	fresh := *c
	if err := s.fill(&fresh, password); err != nil {
		s.o.Log.WarnContext(ctx, "renew password hash", "error", err)
		return
	}
	err := s.st.Update(ctx, 0, func(tx store.Tx) error {
		now, err := credential(tx, c.Account, c.ID)
		if err != nil || now.Hash != old {
			return err // changed in between: leave it
		}
		now.Hash, now.SCRAM = fresh.Hash, fresh.SCRAM
		_, err = tx.PutCredential(now)
		return err
	})
	if err != nil {
		s.o.Log.WarnContext(ctx, "renew password hash", "error", err)
		return
	}
	c.Hash, c.SCRAM = fresh.Hash, fresh.SCRAM
}

func inScope(c *store.Credential, proto string) bool {
	return len(c.Scopes) == 0 || proto == Discover || slices.Contains(c.Scopes, proto)
}

// logAttempt tells the operator; a known origin that is refused most likely has an old password.
func (s *Service) logAttempt(ctx context.Context, level slog.Level, what string, t target, a Attempt, from origin) {
	s.o.Log.LogAttrs(ctx, level, what,
		slog.String("proto", a.Proto), slog.Any("remote", a.Remote), slog.String("login", a.Login),
		slog.String("account", t.account.Name), slog.String("device", a.Device), slog.Bool("known", from.kind != stranger))
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) // never returns an error, crypto/rand
	return b
}
