package mail

import (
	"encoding/binary"
	"errors"
	"time"
)

// summaryVersion is the first byte of an encoded summary. Version 1: see summaryEncoder and summaryDecoder, which list the fields in
// their order; numbers are varints, strings have their length before them, frequent words are an index in codecWords.
const summaryVersion = 1

// ErrSummary says that bytes are no summary of a version that this program reads.
var ErrSummary = errors.New("not a message summary")

// codecWords are the words that parts repeat. Their order is part of the format: add at the end only, and never more
// than codecWordsMax.
var codecWords = [...]string{
	"", "text", "plain", "html", "multipart", "mixed", "alternative", "related", "signed", "report", "application",
	"octet-stream", "image", "jpeg", "png", "gif", "message", "rfc822", "delivery-status", "calendar", "pdf", "7bit",
	"8bit", "binary", "quoted-printable", "base64", "inline", "attachment", "charset", "boundary", "name", "filename",
	"format", "delsp", "utf-8", "UTF-8", "us-ascii", "US-ASCII", "iso-8859-1", "ISO-8859-1", "windows-1252", "flowed",
	"type", "start", "method", "REQUEST", "REPLY", "CANCEL", "protocol", "micalg", "report-type", "size",
	"creation-date", "modification-date", "text/html", "multipart/alternative", "ms-tnef", "pgp-signature",
	"pkcs7-signature", "pgp-encrypted", "encrypted", "pkcs7-mime", "smime-type", "x-uuencode", "yes", "no", "digest",
	"x-rtf-text", "x-rtf-html",
}

// codecWordsMax is the room kept for words: a longer number is the length of a string that follows, plus this.
const codecWordsMax = 128

var codecIndex = func() map[string]uint64 {
	m := make(map[string]uint64, len(codecWords))
	for i, w := range codecWords {
		m[w] = uint64(i)
	}
	return m
}()

// Bits of an encoded part.
const (
	partInline = 1 << iota
	partWireParams
	partWireDisposition
	partMore         // any of the rare fields
	partMessage      // an embedded message follows
	partInnerDecoded // whose offsets count in this part's decoded content
	partChildren
	partVirtual
)

// MarshalBinary is AppendBinary to nothing. It never fails.
func (s *Summary) MarshalBinary() ([]byte, error) { return s.AppendBinary(nil) }

// AppendBinary appends the summary in a compact form that UnmarshalSummary reads. It never fails.
func (s *Summary) AppendBinary(b []byte) ([]byte, error) {
	e := summaryEncoder{b: append(b, summaryVersion)}
	e.head(s)
	n := 0
	s.Root.walk(func(*Part) bool { n++; return true })
	e.uint(uint64(n))
	if n > 0 {
		e.part(s.Root)
	}
	return e.b, nil
}

type summaryEncoder struct{ b []byte }

func (e *summaryEncoder) uint(n uint64) { e.b = binary.AppendUvarint(e.b, n) }
func (e *summaryEncoder) int(n int64)   { e.b = binary.AppendVarint(e.b, n) }

func (e *summaryEncoder) str(s string) {
	e.uint(uint64(len(s)))
	e.b = append(e.b, s...)
}

func (e *summaryEncoder) word(s string) {
	if i, ok := codecIndex[s]; ok {
		e.uint(i)
		return
	}
	e.uint(uint64(len(s)) + codecWordsMax)
	e.b = append(e.b, s...)
}

func (e *summaryEncoder) strs(list []string) {
	e.uint(uint64(len(list)))
	for _, s := range list {
		e.str(s)
	}
}

func (e *summaryEncoder) params(list []Param) {
	e.uint(uint64(len(list)))
	for _, p := range list {
		e.word(p.Name)
		e.word(p.Value)
	}
}

func (e *summaryEncoder) addresses(list []Address) {
	e.uint(uint64(len(list)))
	for _, a := range list {
		kind := byte(a.Kind)
		if a.RawName != "" {
			kind |= 4
		}
		e.b = append(e.b, kind)
		e.str(a.Name)
		if a.RawName != "" {
			e.str(a.RawName)
		}
		if a.Kind == Mailbox {
			e.str(a.Local)
			e.str(a.Domain)
		}
	}
}

func (e *summaryEncoder) head(s *Summary) {
	e.uint(uint64(s.Size))
	e.uint(uint64(s.Lines))
	e.uint(uint64(s.Flags))
	e.int(int64(s.Importance))
	e.uint(uint64(s.ReceivedCount))
	e.envelope(&s.Envelope)
	e.str(s.Preview)
	for _, v := range []string{s.ListID, s.AutoSubmitted, s.Precedence, s.ContentClass, s.ThreadTopic, s.ThreadIndex,
		s.Report.Type, s.Report.Action} {
		e.str(v)
	}
	e.addresses(s.ReceiptTo)
	e.uint(uint64(len(s.Defects)))
	for _, d := range s.Defects {
		e.uint(uint64(d.Kind))
		e.uint(uint64(d.Offset))
	}
}

func (e *summaryEncoder) envelope(v *Envelope) {
	if v.Date.IsZero() {
		e.uint(0)
	} else {
		_, offset := v.Date.Zone()
		e.uint(1)
		e.int(v.Date.Unix())
		e.int(int64(offset / 60))
	}
	e.str(v.RawDate)
	e.str(v.Subject)
	e.str(v.RawSubject)
	for _, list := range [][]Address{v.From, v.Sender, v.ReplyTo, v.To, v.Cc, v.Bcc} {
		e.addresses(list)
	}
	e.strs(v.InReplyTo)
	e.str(v.MessageID)
	e.strs(v.References)
}

func (e *summaryEncoder) part(p *Part) {
	more := p.ContentID != "" || p.Location != "" || p.Description != "" || p.MD5 != "" || p.Method != "" ||
		p.PartStat != "" || len(p.Language) > 0
	bits := byte(0)
	set := func(on bool, bit byte) {
		if on {
			bits |= bit
		}
	}
	set(p.Inline, partInline)
	set(len(p.WireParams) > 0, partWireParams)
	set(len(p.WireDispositionParams) > 0, partWireDisposition)
	set(more, partMore)
	set(p.Message != nil, partMessage)
	set(p.Message != nil && p.Message.Root.within == p, partInnerDecoded)
	set(len(p.Children) > 0, partChildren)
	set(len(p.Virtual) > 0, partVirtual)
	e.b = append(e.b, bits)
	e.uint(uint64(p.Header.Offset))
	e.uint(uint64(p.Header.Length))
	e.int(p.Body.Offset - p.Header.End())
	e.uint(uint64(p.Body.Length))
	e.uint(uint64(p.Lines))
	e.int(p.DecodedSize - p.Body.Length)
	e.word(p.Type)
	e.word(p.Subtype)
	e.word(p.Encoding)
	e.word(p.Disposition)
	e.params(p.Params)
	e.params(p.DispositionParams)
	if bits&partWireParams != 0 {
		e.params(p.WireParams)
	}
	if bits&partWireDisposition != 0 {
		e.params(p.WireDispositionParams)
	}
	if more {
		for _, v := range []string{p.ContentID, p.Location, p.Description, p.MD5, p.Method, p.PartStat} {
			e.word(v)
		}
		e.strs(p.Language)
	}
	e.inner(p, bits)
}

func (e *summaryEncoder) inner(p *Part, bits byte) {
	if bits&partChildren != 0 {
		e.parts(p.Children)
	}
	if bits&partMessage != 0 {
		e.envelope(&p.Message.Envelope)
		e.part(p.Message.Root)
	}
	if bits&partVirtual != 0 {
		e.parts(p.Virtual)
	}
}

func (e *summaryEncoder) parts(list []*Part) {
	e.uint(uint64(len(list)))
	for _, p := range list {
		e.part(p)
	}
}

// unixTime is the inverse of what envelope writes.
func unixTime(sec, minutes int64) time.Time {
	loc := time.UTC
	if minutes != 0 {
		loc = time.FixedZone("", int(minutes)*60)
	}
	return time.Unix(sec, 0).In(loc)
}
