package queue

import (
	"context"
	"fmt"
	"io"
)

// Transport hands messages to other servers. It is safe for concurrent use.
type Transport interface {
	// Send gives m to hop and returns one outcome for each of m.Recipients, in order. It returns when
	// the server has answered for all, when something failed, or soon after ctx ends.
	Send(ctx context.Context, hop Route, m Message) []Outcome
}

// Message is a message for some recipients behind one hop.
type Message struct {
	Sender     string // reverse-path, unquoted; empty: null
	Recipients []Target
	UTF8       bool // needs SMTPUTF8
	EnvID      string
	Size       int64
	Body       io.Reader // read once at most
}

// Target is one recipient of a [Message].
type Target struct {
	Address string // forward-path, unquoted
	Notify  string // as store.Queued.Notify
}

// Outcome is what became of one recipient. The zero value is success.
type Outcome struct {
	Failed    bool
	Permanent bool   // trying again is of no use
	Status    string // enhanced status code, RFC 3463: "5.1.1"; for a failure never empty
	Text      string // what the server said, or what kept us from asking it
	Remote    string // the server that spoke; empty: none did
	// Relayed is set on success when the server will not report on the delivery, RFC 3461 section 5.2.2.
	Relayed bool
}

// Error is the outcome on one line, for the row's LastError and the log.
func (o Outcome) Error() string {
	if !o.Failed {
		return ""
	}
	return fmt.Sprintf("%s %s", o.Status, o.Text)
}

// temporary is an outcome that is ours, not a server's.
func temporary(status, text string) Outcome {
	return Outcome{Failed: true, Status: status, Text: text}
}

// permanent is an outcome that is ours, not a server's.
func permanent(status, text string) Outcome {
	return Outcome{Failed: true, Permanent: true, Status: status, Text: text}
}
