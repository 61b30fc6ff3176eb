package imap

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"

	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/protocols/imap/wire"
	"github.com/gannetmail/gannet/store"
)

// catenation reads the parts of CATENATE one after the other, RFC 4469: texts that the client sends, and pieces of
// messages that are here.
type catenation struct {
	s    *session
	read *wire.Append
	at   io.Reader // nil: before the first part, or between two
	blob store.Blob
	url  string // that leads nowhere; reading has ended then
	err  error
}

// Read implements io.Reader.
func (c *catenation) Read(b []byte) (int, error) {
	for c.err == nil {
		if c.at == nil {
			c.next()
			continue
		}
		n, err := c.at.Read(b)
		if errors.Is(err, io.EOF) {
			c.close()
			err = nil
		}
		c.err = err
		if n > 0 {
			return n, nil
		}
	}
	return 0, c.err
}

// next goes to the next part.
func (c *catenation) next() {
	p := c.read.Part()
	switch {
	case p == nil:
		c.err = io.EOF // or a mistake, which the reader keeps
	case p.Literal != nil && p.Literal.Size == 0:
		_, c.err = p.Literal.Read(nil) // asked for, so that the client goes on
		if errors.Is(c.err, io.EOF) {
			c.err = nil
		}
	case p.Literal != nil:
		c.at = p.Literal
	default:
		if c.at, c.err = c.open(p.URL); c.err != nil {
			c.url = p.URL
		}
	}
}

func (c *catenation) close() {
	c.at = nil
	if c.blob != nil {
		c.blob.Close()
		c.blob = nil
	}
}

// open finds what a URL names.
func (c *catenation) open(text string) (io.Reader, error) {
	u, err := parseURL(text)
	if err != nil {
		return nil, err
	}
	owner, id, validity, err := c.s.urlMailbox(u)
	if err != nil {
		return nil, err
	}
	if u.validity != 0 && u.validity != validity {
		return nil, fmt.Errorf("UIDVALIDITY: %w", store.NotFound)
	}
	var rec store.Record
	err = c.s.view(owner, func(r store.Reader) error {
		if err := c.s.allowed(r, &mailbox{owner: owner, c: store.Collection{ID: id}}, store.MayRead); err != nil {
			return err
		}
		rec, err = r.Record(id, store.UID(u.uid), store.WantSummary)
		return err
	})
	if err != nil {
		return nil, err
	}
	summary, err := mail.UnmarshalSummary(rec.Item.Summary)
	if err != nil {
		return nil, err
	}
	if c.blob, err = c.s.server.o.Store.OpenBlob(c.s.ctx, rec.Item.Blob); err != nil {
		return nil, err
	}
	p, err := resolveSection(summary, c.blob, u.section)
	if err != nil || p.missing {
		return nil, errors.Join(err, store.NotFound)
	}
	offset, length := clip(p.size(), u.span)
	return p.reader(c.blob, offset, length), nil
}

// urlMailbox is the mailbox of a URL: the selected one when it names none.
func (s *session) urlMailbox(u messageURL) (store.AccountID, store.CollectionID, uint32, error) {
	if u.mailbox == "" {
		if s.sel == nil {
			return 0, 0, 0, store.NotFound
		}
		return s.sel.owner, s.sel.c, s.sel.validity, nil
	}
	m, err := s.find(u.mailbox, store.MayRead)
	if err != nil {
		return 0, 0, 0, err
	}
	return m.owner, m.c.ID, m.c.UIDValidity, nil
}

// messageURL is what a URL of RFC 5092 names on this server.
type messageURL struct {
	mailbox  string // UTF-8; empty: the selected one
	validity uint32 // 0: not given
	uid      uint32
	section  wire.Section
	span     *wire.Span
}

var errURL = errors.New("not a URL of a message here")

// parseURL reads a URL without a server: "/Drafts;UIDVALIDITY=7/;UID=20/;SECTION=1.2/;PARTIAL=0.1024", RFC 5092 section 7.
func parseURL(text string) (u messageURL, err error) {
	if strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return u, errURL
	}
	path := text
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // relative to the mailbox: ";UID=20"
	}
	at := strings.Index(strings.ToUpper(path), "/;UID=")
	if at < 0 || strings.HasPrefix(path, "//") || at > 0 && text[0] != '/' {
		return u, errURL // another server's, or nothing
	}
	name := strings.TrimPrefix(path[:at], "/")
	if before, n, is := cutFold(name, ";UIDVALIDITY="); is {
		name = before
		if u.validity, err = number32(n); err != nil {
			return u, err
		}
	}
	if u.mailbox, err = url.PathUnescape(name); err != nil {
		return u, errURL
	}
	return u, u.pieces(path[at+1:])
}

// pieces reads what stands behind the mailbox: ;UID=, ;SECTION= and ;PARTIAL=.
func (u *messageURL) pieces(text string) (err error) {
	for _, piece := range strings.Split(text, "/") {
		key, value, _ := strings.Cut(piece, "=")
		switch strings.ToUpper(key) {
		case ";UID":
			u.uid, err = number32(value)
		case ";SECTION":
			var s string
			if s, err = url.PathUnescape(value); err == nil {
				u.section, err = wire.ParseSection(s)
			}
		case ";PARTIAL":
			u.span, err = parsePartial(value)
		default:
			err = errURL
		}
		if err != nil {
			return errURL
		}
	}
	if u.uid == 0 {
		return errURL
	}
	return nil
}

// parsePartial reads offset or offset.length.
func parsePartial(text string) (*wire.Span, error) {
	first, count, limited := strings.Cut(text, ".")
	span := &wire.Span{Count: 1<<63 - 1}
	var err error
	if span.Offset, err = strconv.ParseUint(first, 10, 63); err != nil {
		return nil, errURL
	}
	if limited {
		if span.Count, err = strconv.ParseUint(count, 10, 63); err != nil || span.Count == 0 {
			return nil, errURL
		}
	}
	return span, nil
}

func number32(s string) (uint32, error) {
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil || n == 0 {
		return 0, errURL
	}
	return uint32(n), nil
}

// cutFold cuts s around sep, whose letters are in upper case.
func cutFold(s, sep string) (before, after string, found bool) {
	if at := strings.Index(strings.ToUpper(s), sep); at >= 0 {
		return s[:at], s[at+len(sep):], true
	}
	return s, "", false
}
