package smtp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
)

// MaxHops is how many Received fields a message may have; with more it is in a loop. RFC 5321 section 6.3.
const MaxHops = 100

// Data implements smtp.Session for the MX port and for submission.
func (s *session) Data(r io.Reader) error {
	t := s.open.Load()
	if t == nil {
		return errSequence // reset before the first chunk
	}
	take := s.accept
	if s.server.o.Mode == Submission {
		take = s.submit
	}
	done, err := s.message(r, t, take)
	if err != nil {
		return s.answer("DATA", err)
	}
	return done
}

// message reads what the client sends through the guards and gives it to take, which returns the
// positive reply.
func (s *session) message(r io.Reader, t *transaction, take func(context.Context, io.Reader, *transaction) (*smtp.SMTPError, error)) (*smtp.SMTPError, error) {
	s.conn.inData.Add(1)
	defer s.conn.inData.Add(-1)
	s.conn.Pace(minRate, rateGrace)
	defer s.conn.Pace(0, 0)
	in := &bodyReader{s: s, r: r, left: s.server.o.Mail.MaxSize()}
	_, in.chunked = r.(*io.PipeReader)
	done, err := take(s.conn.ctx, in, t)
	if err != nil && !in.ended {
		// The rest is read by the library before it answers; not without end.
		s.conn.drainAtMost(s.server.o.Mail.MaxSize() + drainExtra)
	}
	return done, err
}

// How fast a client has to send a message, in bytes a second, after a time for free: without it one byte
// now and then would keep a connection for ever.
const (
	minRate   = 64
	rateGrace = 5 * time.Minute
)

// drainExtra is what a client may send of a refused message beyond the largest one.
const drainExtra = 1 << 20

// accept takes a message for mailboxes here: 250 once every recipient's copy is durable.
func (s *session) accept(ctx context.Context, r io.Reader, t *transaction) (*smtp.SMTPError, error) {
	in, id, err := s.ingest(ctx, r, t)
	if err != nil {
		return nil, err
	}
	defer in.Blob.Release()
	if err := s.server.o.Mail.Accept(ctx, mail.Incoming{Ingested: in, Sender: t.from}, t.mailboxes()); err != nil {
		return nil, err
	}
	s.logTaken("delivered", t, in, id)
	return taken("delivered", in, id), nil
}

// ingest stages a message for delivery here, with its trace in front.
func (s *session) ingest(ctx context.Context, r io.Reader, t *transaction) (*mail.Ingested, string, error) {
	tr := s.trace(t)
	head := returnPath(t.from) + tr.received()
	whole := io.MultiReader(strings.NewReader(head), newLineReader(r))
	in, err := mail.Ingest(ctx, s.server.o.Store, whole, s.stagedMax(len(head)))
	if err != nil {
		return nil, "", err
	}
	if in.Summary.ReceivedCount > MaxHops {
		in.Blob.Release()
		return nil, "", errLoop
	}
	return in, tr.id, nil
}

// stagedMax is how large a message of the largest permitted size can be once its trace is in front and
// its line ends are right. The limit itself is held by bodyReader on the client's bytes.
func (s *session) stagedMax(head int) int64 { return 2*s.server.o.Mail.MaxSize() + int64(head) }

func (s *session) trace(t *transaction) trace {
	o := &s.server.o
	return trace{
		helo: s.lib.Hostname(), remote: s.conn.RemoteIP(), host: o.Mail.Hostname(), id: newID(), tls: s.secure, when: o.Now(),
		proto: protocolName(o.Mode == LMTP, true, t.utf8, s.secure != nil, s.who != nil),
	}
}

// mailboxes are all local recipients of a transaction.
func (t *transaction) mailboxes() []mail.Recipient {
	var to []mail.Recipient
	for _, r := range t.rcpts {
		to = append(to, r.local...)
	}
	return to
}

// taken is the reply to a message that is durable.
func taken(what string, in *mail.Ingested, id string) *smtp.SMTPError {
	return status(250, smtp.EnhancedCode{2, 0, 0}, fmt.Sprintf("%s as %s blob %s", what, id, in.Blob.ID().String()[:16]))
}

func (s *session) logTaken(what string, t *transaction, in *mail.Ingested, id string) {
	s.conn.log.LogAttrs(s.conn.ctx, slog.LevelInfo, what,
		slog.String("id", id), slog.String("from", t.from), slog.Int("recipients", len(t.rcpts)),
		slog.Int64("size", in.Blob.Size()), slog.String("message", in.Summary.Envelope.MessageID), slog.Any("blob", in.Blob.ID()))
}

// bodyReader reads the client's message: at most left bytes, and an end only where there is one. The
// library takes a connection that ends inside a BDAT chunk for the end of the message.
type bodyReader struct {
	s       *session
	r       io.Reader
	left    int64
	chunked bool
	ended   bool
}

// Read implements io.Reader.
func (b *bodyReader) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, store.TooLarge
	}
	if errors.Is(err, io.EOF) {
		b.ended = true
		if b.chunked && b.s.cut() {
			return n, errCut
		}
	} else if errors.Is(err, io.ErrUnexpectedEOF) {
		b.ended = true
		err = errCut
	}
	return n, err
}

// cut reports whether the connection ended before the chunk that was read last. Nothing else reads the
// connection while the library waits for Data.
func (s *session) cut() bool {
	if s.conn.failed() != nil {
		return true
	}
	secure, ok := s.lib.Conn().(*tls.Conn)
	if !ok {
		return false
	}
	// Only TLS knows of a close_notify. A read that cannot reach the network tells it apart from an open
	// connection; should it find the first byte of a next command, that one is lost to the library.
	var next [1]byte
	s.conn.probing.Store(true)
	n, err := secure.Read(next[:])
	s.conn.probing.Store(false)
	if n > 0 {
		s.conn.final.Store(true)
		return false
	}
	return !errors.Is(err, errNothing)
}
