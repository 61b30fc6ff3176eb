package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gannetmail/gannet/cmd/gannet/e2e"
)

const vast = "vast@" + domain // with the very large mailbox

// smallLetter is a message of some 500 bytes.
func smallLetter(i int) []byte {
	return e2e.Letter{ID: fmt.Sprintf("note-%d", i), To: vast, Size: 500}.Bytes()
}

// measureMillion measures a mailbox that is very large, of ours alone.
func (b *bench) measureMillion(ctx context.Context, binary e2e.Binary, data string) (err error) {
	site, err := newSite(ctx, binary, data)
	if err != nil {
		return err
	}
	trust, err := site.Trust()
	if err != nil {
		return err
	}
	began := time.Now()
	if err := fillOurs(ctx, data, []seedling{{vast, b.million}}, smallLetter); err != nil {
		return err
	}
	b.report.progress("filled a mailbox with %d messages in %v", b.million, time.Since(began).Round(time.Second))
	s, err := startOurs(ctx, site, trust)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	if err := s.settle(ctx, b.report); err != nil {
		return err
	}
	return b.vastFigures(ctx, s)
}

// vastFigures takes the figures in the order that a new server meets the commands.
func (b *bench) vastFigures(ctx context.Context, s *side) error {
	before, _, _, err := s.memory()
	if err != nil {
		return err
	}
	c, err := s.login(ctx, vast)
	if err != nil {
		return err
	}
	defer c.conn.Close()
	commands := []struct{ what, command string }{
		{"first SELECT after the start", "SELECT INBOX"},
		{"SELECT again", "SELECT INBOX"},
		{"first FETCH of the newest 100 envelopes", "FETCH %[2]d:%[1]d (FLAGS UID ENVELOPE RFC822.SIZE)"},
		{"again", "FETCH %[2]d:%[1]d (FLAGS UID ENVELOPE RFC822.SIZE)"},
		{"UID SEARCH RETURN (MIN MAX COUNT) UNSEEN", "UID SEARCH RETURN (MIN MAX COUNT) UNSEEN"},
		{"UID SEARCH SUBJECT, one message", "UID SEARCH SUBJECT note-777777"},
		{"FETCH 1:* (UID FLAGS)", "FETCH 1:* (UID FLAGS)"},
	}
	for _, command := range commands {
		text := command.command
		if text[0] == 'F' && text[6] == '%' {
			text = fmt.Sprintf(text, b.million, b.million-99)
		}
		took, err := timed(func() error {
			_, err := c.do("%s", text)
			return err
		})
		if err != nil {
			return err
		}
		b.report.add(ms("%d messages: %s", b.million, command.what), ours, took)
	}
	after, _, _, err := s.memory()
	if err != nil {
		return err
	}
	b.report.add(row{what: "  server resident then", unit: "MiB"}, ours, after/mib)
	b.report.add(row{what: "  before", unit: "MiB"}, ours, before/mib)
	return b.vastSessions(ctx, s)
}

// vastSessions measures what further sessions on the same mailbox cost.
func (b *bench) vastSessions(ctx context.Context, s *side) error {
	const further = 50
	before, _, _, err := s.memory()
	if err != nil {
		return err
	}
	for range further {
		c, err := s.selected(ctx, vast, "INBOX")
		if err != nil {
			return err
		}
		defer c.conn.Close()
		if err := c.idle(); err != nil {
			return err
		}
	}
	after, _, _, err := s.memory()
	if err != nil {
		return err
	}
	b.report.add(row{what: fmt.Sprintf("  for each of %d more idle sessions on it", further), unit: "KiB"}, ours, (after-before)/kib/further)
	return nil
}
