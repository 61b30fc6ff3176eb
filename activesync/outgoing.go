package activesync

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/address"
)

// An original is the message that is answered or forwarded, open for reading.
type original struct {
	blob    store.Blob
	summary *mail.Summary
}

func (h *Handler) openOriginal(ctx context.Context, r store.Record) (*original, error) {
	summary, err := mail.UnmarshalSummary(r.Item.Summary)
	if err != nil {
		return nil, fmt.Errorf("summary of source: %w", err)
	}
	blob, err := h.Store.OpenBlob(ctx, r.Item.Blob)
	if err != nil {
		return nil, fmt.Errorf("open source: %w", err)
	}
	return &original{blob, summary}, nil
}

// Close frees the original.
func (o *original) Close() error { return o.blob.Close() }

// outgoing is a message ready to be sent, with the copy for Sent.
type outgoing struct {
	mail.Outgoing
	refused int // recipients that are no addresses
	staged  []*mail.Ingested
}

// release frees what the transaction that sends it did not take.
func (o *outgoing) release() {
	for _, in := range o.staged {
		in.Blob.Release()
	}
}

// outgoing makes of a draft what goes out.
func (h *Handler) outgoing(ctx context.Context, q *request, d *draft, o *original) (*outgoing, error) {
	return h.submission(ctx, q, h.submitRules(ctx, q, o), d.SaveInSent, func(w io.Writer, rules mail.SubmitRules) (mail.Submission, error) {
		return d.write(w, o, rules)
	})
}

// submission makes what goes out of what write writes. The copy in Sent, if there is to be one, keeps Bcc,
// which the recipients must not see: it is made first and the message from it, so that both have one
// Message-ID.
func (h *Handler) submission(ctx context.Context, q *request, rules mail.SubmitRules, save bool,
	write func(io.Writer, mail.SubmitRules) (mail.Submission, error)) (*outgoing, error) {
	rules.KeepBcc = save
	out := &outgoing{}
	first, sub, err := h.ingest(ctx, func(w io.Writer) (mail.Submission, error) { return write(w, rules) })
	if err != nil {
		return nil, err
	}
	if n := len(sub.Refused); n > 0 {
		q.log.Warn("message has recipients that are no addresses", "number", n, "first", clip(sub.Refused[0], maxAgent))
	}
	out.staged, out.refused = append(out.staged, first), len(sub.Refused)
	out.Ingested, out.Sender, out.Recipients, out.UTF8 = first, sub.From, sub.Recipients, sub.UTF8
	if !save {
		return out, nil
	}
	out.SentCopy = first
	if !sub.HasBcc {
		return out, nil
	}
	rules.KeepBcc = false
	second, _, err := h.ingest(ctx, func(w io.Writer) (mail.Submission, error) {
		return mail.Submit(w, io.NewSectionReader(first.Blob, 0, first.Blob.Size()), rules)
	})
	if err != nil {
		out.release()
		return nil, err
	}
	out.staged = append(out.staged, second)
	out.Ingested = second
	return out, nil
}

// write writes the message that d stands for.
func (d *draft) write(w io.Writer, o *original, rules mail.SubmitRules) (mail.Submission, error) {
	if o != nil && !d.Replace {
		from := mail.Original{Summary: o.summary, Bytes: o.blob}
		if d.kind == sendForward {
			return mail.Forward(w, d.raw, d.summary, from, rules)
		}
		return mail.Reply(w, d.raw, d.summary, from, rules)
	}
	return mail.Submit(w, io.NewSectionReader(d.raw, 0, d.raw.Size()), rules)
}

// mailbox is the address of the account.
func (q *request) mailbox() mail.Address { return mailboxOf(q.account) }

// mailboxOf is the address of an account.
func mailboxOf(a store.Account) mail.Address {
	local, domain, _ := address.Split(a.Name)
	return mail.Address{Name: a.Display, Local: local, Domain: domain}
}

// submitRules say what the server sees to in a message of the account.
func (h *Handler) submitRules(ctx context.Context, q *request, o *original) mail.SubmitRules {
	rules := mail.SubmitRules{
		Owns: func(addr string) bool {
			owns, err := h.Auth.Owns(ctx, q.account.ID, addr)
			if err != nil {
				q.log.Warn("owner of sender address", "address", addr, "error", err)
			}
			return owns
		},
		Primary:     q.mailbox(),
		ReplaceFrom: true,
		Hostname:    h.Hostname,
		Now:         q.now,
	}
	if o != nil {
		e := o.summary.Envelope
		rules.InReplyTo, rules.References = e.MessageID, e.References
		if len(rules.References) == 0 {
			rules.References = e.InReplyTo
		}
	}
	return rules
}

// ingest stages what write writes, parsed on the way.
func (h *Handler) ingest(ctx context.Context, write func(io.Writer) (mail.Submission, error)) (*mail.Ingested, mail.Submission, error) {
	var sub mail.Submission
	in, err := mail.IngestFrom(ctx, h.Store, h.Limits.MaxMessage, func(w io.Writer) (err error) {
		sub, err = write(w)
		return err
	})
	switch {
	case errors.Is(err, mail.ErrHeader):
		return nil, sub, fail(statusInvalidMIME, err)
	case err != nil:
		return nil, sub, fmt.Errorf("stage message: %w", err)
	}
	return in, sub, nil
}
