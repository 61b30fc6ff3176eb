package smtp

import (
	"context"
	"io"

	"github.com/emersion/go-smtp"

	"github.com/gannetmail/gannet/mail"
)

var _ smtp.LMTPSession = (*session)(nil)

// LMTPData implements smtp.LMTPSession: each RCPT gets its own reply, in one commit for all of them.
func (s *session) LMTPData(r io.Reader, replies smtp.StatusCollector) error {
	t := s.open.Load()
	if t == nil {
		return errSequence
	}
	var each []error
	_, err := s.message(r, t, func(ctx context.Context, r io.Reader, t *transaction) (*smtp.SMTPError, error) {
		var err error
		each, err = s.acceptEach(ctx, r, t)
		return nil, err
	})
	if err != nil {
		return s.answer("DATA", err)
	}
	for i, err := range each {
		if _, ok := err.(*smtp.SMTPError); !ok {
			err = s.answer("DATA", err)
		}
		replies.SetStatus(t.rcpts[i].given, err)
	}
	return nil
}

// acceptEach delivers and returns the reply or the error for each RCPT.
func (s *session) acceptEach(ctx context.Context, r io.Reader, t *transaction) ([]error, error) {
	in, id, err := s.ingest(ctx, r, t)
	if err != nil {
		return nil, err
	}
	defer in.Blob.Release()
	m := mail.Incoming{Ingested: in, Sender: t.from}
	post := s.server.o.Mail
	results := post.Deliver(ctx, m, t.mailboxes())
	each := make([]error, len(t.rcpts))
	for i, rcpt := range t.rcpts {
		// An alias may lead to several mailboxes: there is one answer for all of them.
		err := post.TakeOver(ctx, m, rcpt.local, results[:len(rcpt.local)])
		results = results[len(rcpt.local):]
		if err == nil {
			err = taken("delivered", in, id)
		}
		each[i] = err
	}
	s.logTaken("delivered", t, in, id)
	return each, nil
}
