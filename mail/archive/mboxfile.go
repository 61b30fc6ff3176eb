package archive

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"hash"
	"io"
	"strconv"
	"strings"
	"time"
)

// fromPrefix begins the line before each message.
var fromPrefix = []byte("From ")

// An mboxScanner finds the messages of an mbox in one pass. A message begins at a line "From sender date" at the
// beginning of the file or behind an empty line. Where every message so far has a Content-Length, and it leads to another
// such message or to the end, it is believed, so that unquoted "From " lines of an mboxcl2 are no boundaries.
type mboxScanner struct {
	file  io.ReaderAt
	lines *pieces
	pos   int64 // of the next piece

	pending *piece // read and not yet used: the next From_ line
	from    string
	start   int64 // of the From_ line that is pending

	lengths bool // every message so far has a Content-Length
	naked   bool // a "From " line was seen that is no boundary: whoever wrote this does not quote as mboxrd does
}

// mboxMessage is where a message lies and what its mbox says of it.
type mboxMessage struct {
	start, body, end int64  // of the From_ line; of the message; behind it, without the empty line that ends it
	from             string // the From_ line
	head             mboxHead
	sum              string // stays the same when marks are changed and when other messages go
}

// newMboxScanner scans a file from its beginning.
func newMboxScanner(file interface {
	io.Reader
	io.ReaderAt
}) *mboxScanner {
	return &mboxScanner{file: file, lines: newPieces(file), lengths: true}
}

// errNoMbox means that a file does not begin as an mbox does.
var errNoMbox = errors.New("does not begin with a From line, so it is no mbox")

// next returns the next message; io.EOF at the end.
func (s *mboxScanner) next() (mboxMessage, error) {
	if s.pending == nil {
		if err := s.first(); err != nil {
			return mboxMessage{}, err
		}
	}
	m := mboxMessage{start: s.start, from: s.from, body: s.pos}
	s.pending = nil
	reader := mboxBody{scanner: s, sum: sha256.New(), m: &m}
	reader.sum.Write([]byte(m.from))
	err := reader.read()
	s.lengths = s.lengths && m.head.length > 0
	return m, err
}

// leads reports whether a message that ends at a place would end where another with a Content-Length begins, or with
// the file.
func (s *mboxScanner) leads(at int64) bool {
	buf := make([]byte, 8<<10)
	n, err := s.file.ReadAt(buf, at)
	if err != nil && !errors.Is(err, io.EOF) {
		return false
	}
	var before [1]byte
	if _, err := s.file.ReadAt(before[:], at-1); err != nil {
		return false // beyond the end
	}
	rest := bytes.TrimLeft(buf[:n], "\r\n")
	if n-len(rest) > 2 {
		return false
	}
	head, _, _ := bytes.Cut(bytes.ReplaceAll(rest, []byte("\r\n"), []byte{'\n'}), []byte("\n\n"))
	return len(rest) == 0 || bytes.HasPrefix(rest, fromPrefix) && bytes.Contains(bytes.ToLower(head), []byte("\ncontent-length:"))
}

// first finds the From_ line that the file begins with; empty lines may come before it.
func (s *mboxScanner) first() error {
	for {
		at := s.pos
		p, err := s.piece()
		switch {
		case err != nil:
			return err
		case bytes.HasPrefix(p.bytes, fromPrefix) && p.starts:
			s.take(p, at)
			return nil
		case len(bytes.TrimRight(p.bytes, "\r\n")) > 0:
			return errNoMbox
		}
	}
}

func (s *mboxScanner) piece() (piece, error) {
	p, err := s.lines.next()
	s.pos += int64(len(p.bytes))
	return p, err
}

// take makes p, a From_ line at the given place, the beginning of the next message.
func (s *mboxScanner) take(p piece, at int64) {
	s.pending, s.start = &piece{starts: true, ends: p.ends}, at
	s.from = strings.TrimRight(string(p.bytes), "\r\n")
}

// mboxBody reads one message up to the next From_ line.
type mboxBody struct {
	scanner *mboxScanner
	m       *mboxMessage
	sum     hash.Hash
	inHead  bool
	blank   bool  // the last line was empty
	gap     int64 // bytes of that line
	trust   int64 // where Content-Length says that the message ends; 0: it says nothing
}

// read finds the end of the message. Its error is that of the file; the end of the file is none.
func (b *mboxBody) read() error {
	s := b.scanner
	b.inHead = true
	for {
		at := s.pos
		p, err := s.piece()
		if errors.Is(err, io.EOF) {
			b.finish(at)
			return nil
		} else if err != nil {
			return err
		}
		if p.starts && bytes.HasPrefix(p.bytes, fromPrefix) {
			if b.boundary(p.bytes, at) {
				s.take(p, at)
				b.finish(at)
				return nil
			}
			s.naked = s.naked || !b.inHead
		}
		b.line(p)
	}
}

// boundary reports whether a line that begins with "From " begins a message.
func (b *mboxBody) boundary(line []byte, at int64) bool {
	switch {
	case b.trust > 0 && at < b.trust:
		return false
	case b.trust > 0 && at <= b.trust+2: // the length leaves out the empty line, or not
		return true
	}
	return b.blank && isFromLine(line)
}

func (b *mboxBody) line(p piece) {
	blank := p.starts && (string(p.bytes) == "\n" || string(p.bytes) == "\r\n")
	switch {
	case b.inHead && blank:
		b.inHead = false
		if at := b.scanner.pos + b.m.head.length; at > b.scanner.pos && b.scanner.lengths && b.scanner.leads(at) {
			b.trust = at
		}
		b.sum.Write(p.bytes)
	case b.inHead:
		if p.starts && !b.m.head.take(p.bytes) { // marks come and go
			b.sum.Write(p.bytes)
		}
	default:
		if b.blank {
			b.sum.Write([]byte{'\n'})
		}
		if !blank {
			b.sum.Write(p.bytes)
		}
	}
	b.blank, b.gap = blank, int64(len(p.bytes))
}

// finish ends the message before a place. The empty line before it is not the message's.
func (b *mboxBody) finish(at int64) {
	b.m.end = at
	if b.blank && !b.inHead && at-b.gap >= b.m.body+b.m.head.skip {
		b.m.end -= b.gap
	}
	b.m.sum = base64.RawURLEncoding.EncodeToString(b.sum.Sum(nil)[:18])
}

// isFromLine reports whether a line has what a From_ line has: a sender, a time of day and a year.
func isFromLine(line []byte) bool {
	fields := strings.Fields(string(line[:min(len(line), 1024)]))
	clock, year := false, false
	for _, f := range fields[1:] {
		if strings.Count(f, ":") >= 1 && len(f) >= 4 && len(f) <= 8 && f[0] >= '0' && f[0] <= '9' {
			clock = true
		}
		if n, err := strconv.Atoi(f); err == nil && (n >= 1970 && n < 2200 || len(f) == 2 && clock) {
			year = true
		}
	}
	return clock && year
}

// fromDates are the forms of the date in a From_ line, the zone as the last words or before the year.
var fromDates = []string{
	"Mon Jan 2 15:04:05 2006", "Mon Jan 2 15:04:05 2006 -0700", "Mon Jan 2 15:04:05 -0700 2006", "Mon Jan 2 15:04:05 MST 2006",
	"Mon Jan 2 15:04:05 2006 MST", "Mon Jan 2 15:04 2006", "Mon, 2 Jan 2006 15:04:05 -0700", "2 Jan 2006 15:04:05 -0700",
}

// fromDate is the date of a From_ line, UTC where it has no zone; zero when it has none that is known.
func fromDate(line string) time.Time {
	fields := strings.Fields(line)
	for i := 1; i < len(fields) && i < 6; i++ { // senders may have spaces
		text := strings.Join(fields[i:], " ")
		for _, form := range fromDates {
			if t, err := time.Parse(form, text); err == nil {
				return t.UTC()
			}
		}
	}
	return time.Time{}
}
