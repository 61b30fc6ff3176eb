package auth

import (
	"errors"
	"fmt"
	"time"
)

// ErrCredentials is the answer to a wrong password, an unknown login, a disabled account and an
// application password that is not meant for the protocol. They are not told apart.
var ErrCredentials = errors.New("wrong login or password")

// ErrWeakPassword is wrapped by the errors of [Service.SetPassword] about the password itself; their
// text is fit for the person who chose it.
var ErrWeakPassword = errors.New("password refused")

// Throttled means that the attempt was not looked at. HTTP answers 503 with Retry-After, SMTP 454 4.7.0,
// IMAP NO [UNAVAILABLE], POP3 -ERR [SYS/TEMP].
type Throttled struct {
	RetryAfter time.Duration // above 0
	// Refused means that this password was already found wrong for this login and has not become
	// right since: a protocol may say so (401) and add the wait.
	Refused bool
}

// Error says how long to wait.
func (t *Throttled) Error() string {
	return fmt.Sprintf("too many attempts, retry in %v", t.RetryAfter.Round(time.Second))
}
