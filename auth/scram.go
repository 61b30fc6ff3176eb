package auth

import (
	"context"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"github.com/gannetmail/gannet/store"
)

const scramScheme = "SCRAM-SHA-256"

// scramKeys is a parsed verifier of RFC 5803.
type scramKeys struct {
	iterations int
	salt       []byte
	stored     []byte // StoredKey
	server     []byte // ServerKey
}

func newSCRAMKeys(password string, iterations int) (scramKeys, error) {
	return deriveSCRAM(password, randomBytes(saltSize), iterations)
}

func deriveSCRAM(password string, salt []byte, iterations int) (scramKeys, error) {
	k := scramKeys{iterations: iterations, salt: salt}
	salted, err := pbkdf2.Key(sha256.New, password, k.salt, iterations, sha256.Size)
	if err != nil {
		return scramKeys{}, fmt.Errorf("derive SCRAM keys: %w", err)
	}
	client := hmacSHA256(salted, "Client Key")
	stored := sha256.Sum256(client)
	k.stored, k.server = stored[:], hmacSHA256(salted, "Server Key")
	return k, nil
}

// String returns "SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey". RFC 5803, section 2.
func (k scramKeys) String() string {
	enc := base64.StdEncoding
	return fmt.Sprintf("%s$%d:%s$%s:%s", scramScheme, k.iterations, enc.EncodeToString(k.salt),
		enc.EncodeToString(k.stored), enc.EncodeToString(k.server))
}

func parseSCRAM(verifier string) (scramKeys, error) {
	bad := fmt.Errorf("SCRAM verifier: %w", store.Damaged)
	f := strings.Split(verifier, "$")
	if len(f) != 3 || f[0] != scramScheme {
		return scramKeys{}, bad
	}
	count, salt, ok := strings.Cut(f[1], ":")
	stored, server, ok2 := strings.Cut(f[2], ":")
	if !ok || !ok2 {
		return scramKeys{}, bad
	}
	var k scramKeys
	var err error
	if k.iterations, err = strconv.Atoi(count); err != nil || k.iterations < 1 {
		return scramKeys{}, bad
	}
	for _, part := range []struct {
		dst *[]byte
		src string
	}{{&k.salt, salt}, {&k.stored, stored}, {&k.server, server}} {
		if *part.dst, err = base64.StdEncoding.DecodeString(part.src); err != nil {
			return scramKeys{}, bad
		}
	}
	if len(k.salt) == 0 || len(k.stored) != sha256.Size || len(k.server) != sha256.Size {
		return scramKeys{}, bad
	}
	return k, nil
}

// SCRAM is what a server needs for one SCRAM-SHA-256 exchange. RFC 5802, RFC 7677.
type SCRAM struct {
	Salt       []byte
	Iterations int
	StoredKey  []byte
	ServerKey  []byte

	service  *Service
	attempt  Attempt
	verifier string // of the credential; empty: nobody can pass
}

// SCRAM begins an exchange for a.Login; a.Password is ignored. An unknown login, or an account without a
// verifier, gets made-up keys that are always the same, so the answer tells nothing. Application
// passwords have no verifier.
func (s *Service) SCRAM(ctx context.Context, a Attempt) (*SCRAM, error) {
	if a.Login == "" || len(a.Login) > maxLogin {
		return nil, ErrCredentials
	}
	t, err := s.lookup(ctx, a.Login)
	if err != nil {
		return nil, err
	}
	a.Password = ""
	x := &SCRAM{service: s, attempt: a}
	k := s.madeUpKeys(t.name)
	if main, _ := t.main(); main != nil {
		if real, err := parseSCRAM(main.SCRAM); err == nil {
			k, x.verifier = real, main.SCRAM
		}
	}
	x.Salt, x.Iterations, x.StoredKey, x.ServerKey = k.salt, k.iterations, k.stored, k.server
	return x, nil
}

func (s *Service) madeUpKeys(name string) scramKeys {
	return scramKeys{
		iterations: s.o.SCRAMIterations,
		salt:       hmacSHA256(s.o.Secret, "salt "+name)[:saltSize],
		stored:     hmacSHA256(s.o.Secret, "stored "+name),
		server:     hmacSHA256(s.o.Secret, "server "+name),
	}
}

// Finish ends the exchange with the ClientKey that the client's proof gave away. It goes through the
// throttle as [Service.Verify] does, with its errors.
func (x *SCRAM) Finish(ctx context.Context, clientKey []byte) (Identity, error) {
	t, err := x.service.lookup(ctx, x.attempt.Login)
	if err != nil {
		return Identity{}, err
	}
	return x.service.judge(ctx, t, x.attempt, string(clientKey), func(context.Context, origin) (*store.Credential, error) {
		main, _ := t.main()
		stored := sha256.Sum256(clientKey)
		right := subtle.ConstantTimeCompare(stored[:], x.StoredKey) == 1
		if !right || main == nil || x.verifier == "" || main.SCRAM != x.verifier {
			return nil, nil
		}
		return main, nil
	})
}

func hmacSHA256(key []byte, message string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(message))
	return mac.Sum(nil)
}
