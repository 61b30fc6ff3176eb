package smtp

import (
	"context"
	"fmt"
	"io"
	"net/netip"

	"github.com/emersion/go-smtp"

	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/address"
)

// submit takes a message from its author, completes it (RFC 6409, section 8) and queues it. There is no
// copy in Sent: mail programs store their own.
func (s *session) submit(ctx context.Context, r io.Reader, t *transaction) (*smtp.SMTPError, error) {
	in, sub, id, err := s.ingestSubmission(ctx, r, t)
	if err != nil {
		return nil, err
	}
	defer in.Blob.Release()
	if in.Summary.ReceivedCount > MaxHops {
		return nil, errLoop
	}
	o := mail.Outgoing{Ingested: in, Sender: t.from, UTF8: sub.UTF8 || !isASCII(t.from), EnvID: t.envID}
	for _, rcpt := range t.rcpts {
		o.Recipients = append(o.Recipients, rcpt.given)
		o.Notify = append(o.Notify, rcpt.notify)
		o.UTF8 = o.UTF8 || !isASCII(rcpt.given)
	}
	if err := s.server.o.Mail.Send(ctx, s.who.Account.ID, o, nil); err != nil {
		return nil, err
	}
	s.logTaken("queued", t, in, id)
	return taken("queued", in, id), nil
}

// ingestSubmission stages the completed message with its trace in front. The trace does not tell where
// the author was.
func (s *session) ingestSubmission(ctx context.Context, r io.Reader, t *transaction) (*mail.Ingested, mail.Submission, string, error) {
	tr := s.trace(t)
	tr.helo, tr.remote = "authenticated", netip.Addr{}
	head := tr.received()
	rules := s.rules(ctx)
	var sub mail.Submission
	in, err := mail.IngestFrom(ctx, s.server.o.Store, s.stagedMax(len(head)), func(w io.Writer) error {
		_, err := io.WriteString(w, head)
		if err == nil {
			sub, err = mail.Submit(w, r, rules.SubmitRules)
		}
		return err
	})
	if rules.err != nil {
		if in != nil {
			in.Blob.Release()
		}
		err = rules.err
	}
	if err != nil {
		return nil, mail.Submission{}, "", err
	}
	return in, sub, tr.id, nil
}

// ownRules are the submitter's rules, and the store's error if asking it failed.
type ownRules struct {
	mail.SubmitRules
	err error
}

func (s *session) rules(ctx context.Context) *ownRules {
	o, a := &s.server.o, s.who.Account
	rules := new(ownRules)
	rules.SubmitRules = mail.SubmitRules{
		Hostname: o.Mail.Hostname(), Now: o.Now(), Primary: mailbox(a),
		Owns: func(addr string) bool {
			owns, err := o.Auth.Owns(ctx, a.ID, addr)
			if err != nil {
				rules.err = fmt.Errorf("owner of %q: %w", addr, err)
			}
			return owns
		},
	}
	return rules
}

func mailbox(a store.Account) mail.Address {
	local, domain, _ := address.Split(a.Name)
	return mail.Address{Name: a.Display, Local: local, Domain: domain}
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
