package store

import "time"

// Access is what the operator decided about a device.
type Access uint8

// The decisions.
const (
	Allowed Access = iota
	Blocked
	Quarantined
)

// Wipe is where a remote wipe stands.
type Wipe uint8

// The states of a wipe: asked for by the operator, told to the device, reported by the device.
const (
	NoWipe Wipe = iota
	WipeAccountPending
	WipeDevicePending
	WipeAccountSent
	WipeDeviceSent
	WipeDone
	WipeFailed
)

// Device is a client that keeps state here, named by the account and the id that it calls itself.
// Strings come from the device: bounded by the caller, never trusted.
type Device struct {
	Account      AccountID
	ID           string // as sent, 1–255 bytes
	Type         string
	Model        string
	OS           string
	OSLanguage   string
	FriendlyName string
	IMEI         string
	Phone        string
	Operator     string
	UserAgent    string
	Protocol     string // version of its last request, "14.1"
	PolicyKey    uint32 // acknowledged; 0: not provisioned
	PendingKey   uint32 // handed out, not yet acknowledged; 0: none
	PolicyHash   string // of the policy that PolicyKey stands for
	Access       Access
	Wipe         Wipe
	Created      time.Time
	Seen         time.Time // last contact, to about a minute
	Address      string    // network address of the last contact
}

// Queued is one recipient of one outbound message.
type Queued struct {
	ID        QueueID
	Account   AccountID // who sent it; 0: the server (notices)
	Blob      BlobID
	Size      int64
	Sender    string // reverse-path; empty for notices
	Recipient string // forward-path
	Domain    string // of the recipient, canonical: what routing looks at
	UTF8      bool   // needs SMTPUTF8
	EnvID     string // DSN ENVID, xtext decoded
	Notify    string // DSN NOTIFY of the recipient: "", "NEVER", or of SUCCESS,FAILURE,DELAY
	Created   time.Time
	Due       time.Time // next attempt
	Expires   time.Time // give up after
	Attempts  int
	LastError string
}
