package mail

import (
	"bytes"
	"strings"
)

// Bounds of what an envelope keeps.
const (
	maxSubject    = 16 << 10
	maxMessageID  = 1000
	maxReferences = 1000 // message ids
	maxKeyword    = 128  // bytes of a short field such as Precedence
)

// parseEnvelope reads the envelope fields of a header. hint is the charset for bytes above 127 that are not UTF-8.
func parseEnvelope(h *header, hint string) Envelope {
	e := Envelope{
		RawDate:    cut(cleanText(string(h.get(fieldDate))), maxKeyword),
		From:       parseAddresses(h.all(fieldFrom), hint),
		Sender:     parseAddresses(h.get(fieldSender), hint),
		ReplyTo:    parseAddresses(h.all(fieldReplyTo), hint),
		To:         parseAddresses(h.all(fieldTo), hint),
		Cc:         parseAddresses(h.all(fieldCc), hint),
		Bcc:        parseAddresses(h.all(fieldBcc), hint),
		InReplyTo:  parseMessageIDs(h.get(fieldInReplyTo)),
		References: parseMessageIDs(h.all(fieldReferences)),
	}
	if ids := parseMessageIDs(h.get(fieldMessageID)); len(ids) > 0 {
		e.MessageID = ids[0]
	} else {
		e.MessageID = cut(cleanText(strings.Trim(string(unfold(h.get(fieldMessageID))), "<> ")), maxMessageID)
	}
	raw := h.get(fieldSubject)
	e.Subject = cut(decodeText(raw, hint), maxSubject)
	if string(raw) != e.Subject {
		e.RawSubject = cut(string(unfold(raw)), 2*maxSubject)
	}
	if t, ok := parseDate(e.RawDate); ok {
		e.Date = t
	}
	return e
}

// parseMessageIDs reads message ids: what stands between angle brackets, without blanks. A field that has none but
// holds words with an @ gives those.
func parseMessageIDs(raw []byte) []string {
	if len(raw) == 0 {
		return nil
	}
	var ids []string
	b := unfold(raw)
	for len(ids) < maxReferences {
		i := bytes.IndexByte(b, '<')
		if i < 0 {
			break
		}
		b = b[i+1:]
		end := bytes.IndexAny(b, "<>")
		if end < 0 {
			end = len(b)
		}
		if id := cleanID(b[:end]); id != "" {
			ids = append(ids, id)
		}
		b = b[end:]
	}
	if ids != nil {
		return ids
	}
	for _, w := range bytes.Fields(b) {
		if bytes.IndexByte(w, '@') > 0 && len(ids) < maxReferences {
			ids = append(ids, cleanID(w))
		}
	}
	return ids
}

func cleanID(b []byte) string {
	if bytes.IndexByte(b, ' ') >= 0 || bytes.IndexByte(b, '\t') >= 0 {
		b = bytes.Join(bytes.Fields(b), nil)
	}
	return cut(cleanText(string(b)), maxMessageID)
}

// topFields reads what only the message's own header says.
func (p *parser) topFields(env *Envelope) {
	h, s := &p.hdr, p.sum
	hint := p.contentHint()
	s.Importance = importance(h)
	s.ListID = listID(h.get(fieldListID))
	s.AutoSubmitted = keyword(h.get(fieldAutoSubmitted))
	s.Precedence = keyword(h.get(fieldPrecedence))
	s.ContentClass = keyword(h.get(fieldContentClass))
	s.ThreadTopic = cut(decodeText(h.get(fieldThreadTopic), hint), maxSubject)
	s.ThreadIndex = cut(cleanText(string(unfold(h.get(fieldThreadIndex)))), maxSubject)
	s.ReceiptTo = parseAddresses(h.get(fieldReceiptTo), hint)
	s.ReceivedCount = h.received
	if !env.Date.IsZero() {
		s.Flags |= HasDate
	}
	if bytes.IndexByte(h.data, 0) >= 0 {
		p.defect(DefectNUL)
	}
	if h.eightBit {
		s.Flags |= EightBit
		if hint == "" {
			p.top = header{data: bytes.Clone(h.data), fields: append([]field(nil), h.fields...)}
		}
	}
}

// contentHint is the charset that the header block itself names, for its own bytes above 127.
func (p *parser) contentHint() string {
	if !p.hdr.eightBit {
		return ""
	}
	_, _, params := parseMediaType(p.hdr.get(fieldContentType))
	for _, r := range params {
		if strings.EqualFold(r.name, "charset") {
			return string(r.value)
		}
	}
	return ""
}

// rereadTop decodes the envelope again with the charset of the first text part, for headers that carry raw bytes of
// that charset in a multipart message.
func (p *parser) rereadTop() {
	if p.top.data == nil {
		return
	}
	charset := ""
	p.sum.Root.walk(func(q *Part) bool {
		if charset == "" && q.Type == "text" {
			charset = q.Charset()
		}
		return charset == ""
	})
	if charset != "" {
		p.sum.Envelope = parseEnvelope(&p.top, charset)
	}
}

// keyword is the first word of a field in lower case.
func keyword(raw []byte) string {
	raw = unfold(raw)
	if i := bytes.IndexAny(raw, "; \t("); i >= 0 {
		raw = raw[:i]
	}
	return cut(strings.ToLower(cleanText(string(raw))), maxKeyword)
}

func listID(raw []byte) string {
	raw = unfold(raw)
	if i := bytes.LastIndexByte(raw, '<'); i >= 0 {
		raw = raw[i+1:]
		if j := bytes.IndexByte(raw, '>'); j >= 0 {
			raw = raw[:j]
		}
	}
	return cut(cleanText(string(raw)), 2*maxKeyword)
}

// importance reads the fields that programs use for it: Importance, X-Priority, X-MSMail-Priority, Priority.
func importance(h *header) Importance {
	for _, id := range []fieldID{fieldImportance, fieldXPriority, fieldXMSMailPriority, fieldPriority} {
		switch keyword(h.get(id)) {
		case "high", "1", "2", "urgent", "highest":
			return ImportanceHigh
		case "low", "4", "5", "non-urgent", "lowest":
			return ImportanceLow
		case "normal", "3", "medium":
			return ImportanceNormal
		}
	}
	return ImportanceNormal
}
