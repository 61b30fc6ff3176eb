package mail

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/gannetmail/gannet/store"
)

// Recents hears whom the people here write to; package contacts has one. It is safe for concurrent use.
type Recents interface {
	// Wrote notes in the transaction that sends a message that acct wrote to people, names by addresses as the
	// message has them; a name may be empty.
	Wrote(tx store.Tx, acct store.AccountID, to map[string]string, now time.Time) error
}

// noteRecipients tells the service's [Recents] of a message that a person wrote. A failure is logged: the message counts
// more.
func (s *Service) noteRecipients(tx store.Tx, acct store.AccountID, o Outgoing) {
	if s.recents == nil || !byPerson(o) {
		return
	}
	to := make(map[string]string, len(o.Recipients))
	for _, addr := range o.Recipients {
		to[addr] = ""
	}
	e := &o.Summary.Envelope
	for _, a := range slices.Concat(e.To, e.Cc, e.Bcc) {
		for _, addr := range o.Recipients {
			if strings.EqualFold(addr, a.Addr()) {
				to[addr] = a.Name
			}
		}
	}
	if err := s.recents.Wrote(tx, acct, to, s.now()); err != nil {
		s.log.LogAttrs(context.Background(), slog.LevelWarn, "recipients not noted", slog.Int64("account", int64(acct)), slog.Any("error", err))
	}
}

// maxPersonal is how many recipients a message may have that still says whom somebody writes to.
const maxPersonal = 50

// byPerson reports whether a message is neither automatic (RFC 3834) nor one of many alike.
func byPerson(o Outgoing) bool {
	if o.Ingested == nil || o.Summary == nil || o.Sender == "" || len(o.Recipients) > maxPersonal {
		return false
	}
	auto, precedence := o.Summary.AutoSubmitted, o.Summary.Precedence
	return (auto == "" || auto == "no") && precedence != "bulk" && precedence != "list" && precedence != "junk"
}
