package auth

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/argon2"

	"github.com/gannetmail/gannet/store"
)

// Argon are the costs of argon2id. RFC 9106.
type Argon struct {
	Memory  uint32 // KiB
	Time    uint32 // passes
	Threads uint8  // lanes
}

// DefaultArgon is what OWASP asks for at least; about 25 ms on a free core.
var DefaultArgon = Argon{Memory: 19 << 10, Time: 2, Threads: 1}

const (
	saltSize = 16
	keySize  = 32
)

// argonHash is a parsed PHC string.
type argonHash struct {
	params Argon
	salt   []byte
	key    []byte
}

func newArgonHash(p Argon, password string) argonHash {
	h := argonHash{params: p, salt: randomBytes(saltSize)}
	h.key = argon2.IDKey([]byte(password), h.salt, p.Time, p.Memory, p.Threads, keySize)
	return h
}

// matches hashes password with the costs of h.
func (h argonHash) matches(password string) bool {
	p := h.params
	key := argon2.IDKey([]byte(password), h.salt, p.Time, p.Memory, p.Threads, uint32(len(h.key)))
	return subtle.ConstantTimeCompare(key, h.key) == 1
}

// String returns the PHC string, "$argon2id$v=19$m=19456,t=2,p=1$salt$key", base64 without padding.
func (h argonHash) String() string {
	enc := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version,
		h.params.Memory, h.params.Time, h.params.Threads, enc.EncodeToString(h.salt), enc.EncodeToString(h.key))
}

// parseArgon reads a PHC string. Costs beyond reason (1 GiB, 64 passes, 64 lanes) are refused, so that
// a damaged or planted hash cannot stop the server. What it does not understand is store.Damaged.
func parseArgon(phc string) (argonHash, error) {
	bad := fmt.Errorf("password hash: %w", store.Damaged)
	f := strings.Split(phc, "$")
	if len(f) != 6 || f[0] != "" || f[1] != "argon2id" || f[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return argonHash{}, bad
	}
	var h argonHash
	p := &h.params
	if n, err := fmt.Sscanf(f[3], "m=%d,t=%d,p=%d", &p.Memory, &p.Time, &p.Threads); n != 3 || err != nil {
		return argonHash{}, bad
	}
	if p.Memory < 8 || p.Memory > 1<<20 || p.Time < 1 || p.Time > 64 || p.Threads < 1 || p.Threads > 64 {
		return argonHash{}, bad
	}
	var err error
	if h.salt, err = base64.RawStdEncoding.DecodeString(f[4]); err != nil || len(h.salt) < 8 || len(h.salt) > 64 {
		return argonHash{}, bad
	}
	if h.key, err = base64.RawStdEncoding.DecodeString(f[5]); err != nil || len(h.key) < 16 || len(h.key) > 64 {
		return argonHash{}, bad
	}
	return h, nil
}

// patience is how long an attempt waits for a hasher before it is Throttled.
const patience = 15 * time.Second

// hashers bounds how many hashes are computed at once and how many may wait. Strangers get half of it, so
// that guessing from everywhere does not keep out who is known.
type hashers struct {
	slots     chan struct{}
	strangers chan struct{} // held, besides a slot, by strangers
	waiting   atomic.Int64
	most      int64
}

func newHashers(n, waiting int) *hashers {
	return &hashers{
		slots: make(chan struct{}, n), strangers: make(chan struct{}, max(1, n/2)), most: int64(waiting),
	}
}

// acquire waits for a slot, at most patience long; it is Throttled at once when too many wait already.
func (h *hashers) acquire(ctx context.Context, known bool) (release func(), err error) {
	most := h.most
	if !known {
		most = (h.most + 1) / 2
	}
	defer h.waiting.Add(-1)
	if h.waiting.Add(1) > most {
		return nil, &Throttled{RetryAfter: patience}
	}
	ctx, cancel := context.WithTimeoutCause(ctx, patience, &Throttled{RetryAfter: patience})
	defer cancel()
	if !known {
		if err := take(ctx, h.strangers); err != nil {
			return nil, err
		}
	}
	if err := take(ctx, h.slots); err != nil {
		if !known {
			<-h.strangers
		}
		return nil, err
	}
	return func() {
		<-h.slots
		if !known {
			<-h.strangers
		}
	}, nil
}

// take puts a token into c, or returns why ctx ended.
func take(ctx context.Context, c chan struct{}) error {
	select {
	case c <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
