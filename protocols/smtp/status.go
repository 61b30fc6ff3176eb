package smtp

import (
	"context"
	"errors"

	"github.com/emersion/go-smtp"

	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
)

func status(code int, enhanced smtp.EnhancedCode, text string) *smtp.SMTPError {
	return &smtp.SMTPError{Code: code, EnhancedCode: enhanced, Message: text}
}

// The replies that are ours. RFC 5321 section 4.2, RFC 3463, RFC 5248.
var (
	errNested       = status(503, smtp.EnhancedCode{5, 5, 1}, "a mail transaction is open already")
	errSequence     = status(503, smtp.EnhancedCode{5, 5, 1}, "no mail transaction is open")
	errBadSender    = status(501, smtp.EnhancedCode{5, 1, 7}, "bad sender address syntax")
	errBadRecipient = status(501, smtp.EnhancedCode{5, 1, 3}, "bad recipient address syntax")
	errUTF8         = status(553, smtp.EnhancedCode{5, 6, 7}, "non-ASCII addresses need SMTPUTF8")
	errTooBig       = status(552, smtp.EnhancedCode{5, 3, 4}, "message size exceeds the limit")
	errUnknown      = status(550, smtp.EnhancedCode{5, 1, 1}, "no such recipient here")
	errRelay        = status(550, smtp.EnhancedCode{5, 7, 1}, "relaying denied")
	errQuota        = status(452, smtp.EnhancedCode{4, 2, 2}, "mailbox full")
	errLoop         = status(554, smtp.EnhancedCode{5, 4, 6}, "mail loop: too many Received fields")
	errTimeout      = status(421, smtp.EnhancedCode{4, 4, 2}, "time-out inside the message")
	errCut          = status(451, smtp.EnhancedCode{4, 4, 2}, "connection ended inside the message")
	errSpent        = status(421, smtp.EnhancedCode{4, 4, 2}, "a message was cut off, please connect again")
	errErrors       = status(421, smtp.EnhancedCode{4, 7, 0}, "too many errors")
	errStopping     = status(421, smtp.EnhancedCode{4, 3, 2}, "service is shutting down")
	errLocal        = status(451, smtp.EnhancedCode{4, 3, 0}, "local error, try again later")
	errSTARTTLS     = status(530, smtp.EnhancedCode{5, 7, 0}, "issue STARTTLS first")
	errAuthFirst    = status(530, smtp.EnhancedCode{5, 7, 0}, "authentication required")
	errAuthNested   = status(503, smtp.EnhancedCode{5, 5, 1}, "AUTH not allowed during a mail transaction")
	errNotYours     = status(553, smtp.EnhancedCode{5, 7, 1}, "sender address is not yours")
	errFromForeign  = status(550, smtp.EnhancedCode{5, 7, 1}, "From address is not yours")
)

// statuses maps the store's kinds to replies, in the order of their tests.
var statuses = []struct {
	is    error
	reply *smtp.SMTPError
}{
	{store.TooLarge, errTooBig},
	{store.OverQuota, errQuota},
	{store.NotFound, errUnknown}, // an account that was removed during the transaction
	{store.Full, status(452, smtp.EnhancedCode{4, 3, 1}, "insufficient system storage")},
	{store.Busy, status(451, smtp.EnhancedCode{4, 3, 2}, "busy, try again later")},
	{store.Closed, errStopping},
	{context.Canceled, errStopping},
	{mail.ErrForeignFrom, errFromForeign},
	{mail.ErrNotForSender, status(550, smtp.EnhancedCode{5, 7, 1}, "the address takes no mail of this sender")},
	{mail.ErrHeader, status(554, smtp.EnhancedCode{5, 6, 0}, "message has no readable header")},
	{smtp.ErrDataReset, status(451, smtp.EnhancedCode{4, 4, 2}, "message transmission aborted")},
}

// reply finds the status for an error; known is false for an error that is ours to log: the client
// then gets the generic 451 and learns nothing. The library compares by type, so the result must be
// returned bare.
func reply(err error) (r *smtp.SMTPError, known bool) {
	var ours *ourError
	if errors.As(err, &r) {
		return r, !errors.As(err, &ours)
	}
	for _, row := range statuses {
		if errors.Is(err, row.is) {
			return row.reply, true
		}
	}
	return errLocal, false
}
