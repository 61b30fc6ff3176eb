package mail

import (
	"bytes"
	"strings"
)

// fieldID names a header field that the package reads. All others are skipped where they stand.
type fieldID uint8

const (
	fieldNone fieldID = iota
	fieldDate
	fieldSubject
	fieldFrom
	fieldSender
	fieldReplyTo
	fieldTo
	fieldCc
	fieldBcc
	fieldInReplyTo
	fieldMessageID
	fieldReferences
	fieldImportance
	fieldXPriority
	fieldXMSMailPriority
	fieldPriority
	fieldListID
	fieldAutoSubmitted
	fieldPrecedence
	fieldContentClass
	fieldThreadTopic
	fieldThreadIndex
	fieldReceiptTo
	fieldReceived
	fieldContentType
	fieldTransferEncoding
	fieldDisposition
	fieldContentID
	fieldContentLocation
	fieldDescription
	fieldLanguage
	fieldMD5
)

var fieldIDs = map[string]fieldID{
	"date":                        fieldDate,
	"subject":                     fieldSubject,
	"from":                        fieldFrom,
	"sender":                      fieldSender,
	"reply-to":                    fieldReplyTo,
	"to":                          fieldTo,
	"cc":                          fieldCc,
	"bcc":                         fieldBcc,
	"in-reply-to":                 fieldInReplyTo,
	"message-id":                  fieldMessageID,
	"references":                  fieldReferences,
	"importance":                  fieldImportance,
	"x-priority":                  fieldXPriority,
	"x-msmail-priority":           fieldXMSMailPriority,
	"priority":                    fieldPriority,
	"list-id":                     fieldListID,
	"auto-submitted":              fieldAutoSubmitted,
	"precedence":                  fieldPrecedence,
	"content-class":               fieldContentClass,
	"thread-topic":                fieldThreadTopic,
	"thread-index":                fieldThreadIndex,
	"disposition-notification-to": fieldReceiptTo,
	"received":                    fieldReceived,
	"content-type":                fieldContentType,
	"content-transfer-encoding":   fieldTransferEncoding,
	"content-disposition":         fieldDisposition,
	"content-id":                  fieldContentID,
	"content-location":            fieldContentLocation,
	"content-description":         fieldDescription,
	"content-language":            fieldLanguage,
	"content-md5":                 fieldMD5,
}

// maxFieldName is the longest name that a line may have to count as a field.
const maxFieldName = 128

// cutField splits a line at its colon. ok is false when the line is no field: RFC 5322 section 2.2, with blanks before
// the colon as section 4.5 allows.
func cutField(line []byte) (name, value []byte, ok bool) {
	head := line[:min(len(line), maxFieldName)]
	i := bytes.IndexByte(head, ':')
	if i <= 0 {
		return nil, nil, false
	}
	name = bytes.TrimRight(line[:i], " \t")
	for _, c := range name {
		if c <= ' ' || c >= 0x7f {
			return nil, nil, false
		}
	}
	return name, line[i+1:], len(name) > 0
}

// fieldOf looks a name up without allocating.
func fieldOf(name []byte) fieldID {
	var lower [32]byte
	if len(name) > len(lower) {
		return fieldNone
	}
	for i, c := range name {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		lower[i] = c
	}
	return fieldIDs[string(lower[:len(name)])]
}

// looksLikeField tells whether a line is surely a header field, not a sentence with a colon: it has a name that we
// know, or one of the usual prefixes.
func looksLikeField(line []byte) bool {
	name, _, ok := cutField(line)
	if !ok {
		return false
	}
	if fieldOf(name) != fieldNone {
		return true
	}
	s := strings.ToLower(string(name))
	for _, known := range []string{"x-", "content-", "resent-", "list-", "arc-", "dkim-", "mime-version", "return-path",
		"delivered-to", "authentication-results", "received-spf", "user-agent", "errors-to", "status", "lines"} {
		if strings.HasPrefix(s, known) {
			return true
		}
	}
	return false
}

// header is one header block: the fields that the package reads, as sent.
type header struct {
	data     []byte
	fields   []field
	received int
	eightBit bool
}

type field struct {
	id         fieldID
	start, end int
}

func (h *header) reset() {
	h.data, h.fields, h.received, h.eightBit = h.data[:0], h.fields[:0], 0, false
}

// get returns the first field with the id, trimmed but not unfolded, or nil.
func (h *header) get(id fieldID) []byte {
	for _, f := range h.fields {
		if f.id == id {
			return trimBlank(h.data[f.start:f.end])
		}
	}
	return nil
}

// all joins every field with the id by commas: address lists that came in several fields.
func (h *header) all(id fieldID) []byte {
	var out []byte
	for _, f := range h.fields {
		if f.id != id {
			continue
		}
		value := trimBlank(h.data[f.start:f.end])
		if out == nil {
			out = value[:len(value):len(value)]
			continue
		}
		out = append(append(out, ", "...), value...)
	}
	return out
}
