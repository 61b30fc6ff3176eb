package store

import "time"

// Domain is a mail domain that this server is responsible for, in lower-case ASCII (A-labels).
type Domain struct {
	Name    string
	Created time.Time
}

// Account is a person or a resource with a mailbox.
type Account struct {
	ID       AccountID
	Name     string // primary address, canonical: lower case, domain in A-labels
	Display  string
	Created  time.Time
	Disabled bool  // cannot log in; mail is still delivered
	Quota    int64 // bytes; 0: none
	Used     int64 // bytes of the blobs of all live entries
	ModSeq   ModSeq
	Floor    ModSeq // journal memories below it are Stale
}

// Alias is a further address of accounts, or a small list. "@domain" catches all that is otherwise
// unknown in the domain.
type Alias struct {
	Address  string // canonical, as Account.Name
	Accounts []AccountID
}

// CredentialKind tells a main password from an application password.
type CredentialKind uint8

// The kinds of credential.
const (
	MainPassword CredentialKind = iota + 1
	AppPassword
)

// Credential is one way to log in to an account. Hashes are made and checked by package auth.
type Credential struct {
	ID      CredentialID
	Account AccountID
	Kind    CredentialKind
	Name    string   // what the person called it; unique in the account; empty for the main password
	Hash    string   // PHC string
	SCRAM   string   // RFC 5803 SCRAM-SHA-256 verifier; empty: none
	Scopes  []string // protocols it is good for; empty: all
	Created time.Time
	Used    time.Time // about when it was last used; zero: never
}

// MaxSetting is the size of the largest setting, in bytes.
const MaxSetting = 256 << 10
