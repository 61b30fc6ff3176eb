package mail

import "time"

// Bounds of one message. What lies beyond them is skipped and noted as a defect.
const (
	MaxHeader  = 1 << 20 // bytes of one header block that are looked at
	MaxParts   = 10000   // MIME parts; a multipart beyond them is left undivided
	MaxDepth   = 100     // levels of nesting; a multipart or message beyond them is left undivided
	MaxDefects = 32      // defects listed
)

// Summary is what is known of a message without its bytes. Its zero value is the summary of an empty message except
// for Root, which Parse always sets.
type Summary struct {
	Size  int64 // bytes of the whole message
	Lines int64 // line feeds in the whole message

	Envelope Envelope
	Root     *Part
	Preview  string // first words of the readable text: at most 255 characters, whitespace collapsed

	Importance    Importance
	ListID        string    // what stands between the angle brackets of List-Id, RFC 2919
	AutoSubmitted string    // keyword of Auto-Submitted in lower case, RFC 3834; empty when absent
	Precedence    string    // Precedence in lower case: bulk, list, junk
	ContentClass  string    // Content-Class in lower case, as Exchange writes it
	ThreadTopic   string    // Thread-Topic, decoded
	ThreadIndex   string    // Thread-Index, base64 as sent
	ReceiptTo     []Address // Disposition-Notification-To, RFC 8098
	ReceivedCount int       // Received fields: how many hops, for loop detection

	Flags   Flags
	Report  Report
	Defects []Defect // at most MaxDefects, in the order met
}

// Envelope is the part of the header that a listing shows: RFC 9051 section 2.3.5, with text decoded to Unicode.
type Envelope struct {
	Date       time.Time // zero when absent or unreadable; its location is the offset that was sent
	RawDate    string    // Date as sent
	Subject    string    // decoded, unfolded
	RawSubject string    // as sent, unfolded; empty when equal to Subject
	From       []Address
	Sender     []Address
	ReplyTo    []Address
	To         []Address
	Cc         []Address
	Bcc        []Address
	InReplyTo  []string // message ids without angle brackets
	MessageID  string   // without angle brackets
	References []string // message ids without angle brackets, oldest first
}

// Importance is what the sender said about urgency. The zero value is normal.
type Importance int8

// The three degrees. ActiveSync's Importance is this value plus one.
const (
	ImportanceLow    Importance = -1
	ImportanceNormal Importance = 0
	ImportanceHigh   Importance = 1
)

// Flags are facts about the whole message, one bit each.
type Flags uint32

// Bits of Flags.
const (
	HasAttachments Flags = 1 << iota // Attachments is not empty
	HasTNEF                          // a winmail.dat (application/ms-tnef) part
	HasUUEncode                      // a uuencoded file inside a text part
	HasCalendar                      // a text/calendar part
	SMIMESigned                      // multipart/signed with a PKCS #7 signature, or opaque signed-data
	SMIMEEncrypted                   // application/pkcs7-mime that is not signed-data
	PGPSigned                        // PGP/MIME signature or clear-signed text
	PGPEncrypted                     // PGP/MIME or inline armoured message
	HasDate                          // Date was present and readable
	EightBit                         // the header holds bytes above 127
)

// Has reports whether all bits of f are set.
func (f Flags) Has(bits Flags) bool { return f&bits == bits }

// Signed reports whether the message carries a signature of either kind.
func (f Flags) Signed() bool { return f&(SMIMESigned|PGPSigned) != 0 }

// Encrypted reports whether the message is encrypted in either way.
func (f Flags) Encrypted() bool { return f&(SMIMEEncrypted|PGPEncrypted) != 0 }

// Report is what a multipart/report says of itself, RFC 6522. The zero value means that there is none.
type Report struct {
	Type   string // report-type in lower case: delivery-status, disposition-notification, feedback-report
	Action string // delivery: failed, delayed, delivered, relayed, expanded; disposition: displayed, deleted …
}

// DefectKind says what was wrong.
type DefectKind uint8

// The defects that Parse notes.
const (
	DefectHeaderLine   DefectKind = iota + 1 // a line in the header that is no field
	DefectHeaderSize                         // header longer than MaxHeader
	DefectNoBlankLine                        // header ended by something else than an empty line
	DefectNoBoundary                         // multipart without a boundary parameter
	DefectNoParts                            // multipart whose boundary never occurs
	DefectNotClosed                          // multipart without its closing boundary
	DefectTooDeep                            // nesting beyond MaxDepth
	DefectTooManyParts                       // more than MaxParts
	DefectEncoding                           // unknown transfer encoding, or a multipart that claims one
	DefectBase64                             // characters in base64 that do not belong there, or wrong padding
	DefectQuoted                             // quoted-printable with an = that starts nothing
	DefectCharset                            // unknown charset
	DefectNUL                                // NUL bytes in the header
	DefectContentType                        // Content-Type that is no type/subtype
	DefectTNEF                               // winmail.dat that ends early or is damaged
	DefectFromLine                           // an mbox "From " line before the header
	DefectStrings                            // names and parameters beyond the summary's budget were cut
)

// Defect is one thing wrong with the message.
type Defect struct {
	Kind   DefectKind
	Offset int64 // byte offset in the message at or shortly before which it was seen
}

// Span is a range of bytes.
type Span struct {
	Offset int64
	Length int64
}

// End is the offset of the first byte after the range.
func (s Span) End() int64 { return s.Offset + s.Length }

// Param is one parameter of Content-Type or Content-Disposition.
type Param struct {
	Name  string // lower case in Params; as sent in WireParams
	Value string
}

// Part is one entity of the MIME tree, RFC 2045 section 2.4.
//
// Offsets count from the start of the message, except in derived parts (see Derived), where they count from the start
// of the decoded content of the part that they were found in.
type Part struct {
	// ID is the IMAP section number, RFC 9051 section 6.4.5: "1" for a message of one part, "1", "2", "2.1" … inside
	// a multipart. A multipart that is the body of a message has "TEXT" or "2.TEXT". Virtual parts are "2~1", "2~2".
	ID string

	Header Span  // header with the empty line that ends it
	Body   Span  // encoded content, without the line end that belongs to the boundary
	Lines  int64 // lines of Body, the last counting without its end too

	Type    string // lower case: text
	Subtype string // lower case: plain
	Params  []Param
	// WireParams are the parameters as sent where that differs: continuations unjoined, words still encoded.
	WireParams []Param

	Encoding    string // Content-Transfer-Encoding in lower case; "7bit" when absent
	DecodedSize int64  // bytes after removing the encoding; for a multipart the length of Body

	Disposition           string // lower case; empty when absent
	DispositionParams     []Param
	WireDispositionParams []Param

	ContentID   string   // without angle brackets
	Location    string   // Content-Location
	Description string   // Content-Description, decoded
	Language    []string // Content-Language
	MD5         string   // Content-MD5 as sent

	Inline   bool   // shown inside the HTML body: referenced by Content-ID, or by location within a related
	Method   string // iTIP method in upper case for text/calendar, from the parameter or from the object
	PartStat string // in a calendar REPLY: the participation status in upper case

	Children []*Part  // of a multipart
	Message  *Message // of a message/rfc822 (or message/global) that was looked into
	Virtual  []*Part  // files found inside the content: uuencoded blocks, members of a winmail.dat

	within *Part // where offsets count from; nil: the message
}

// Message is an embedded message.
type Message struct {
	Envelope Envelope
	Root     *Part
}

// MediaType is "type/subtype" in lower case.
func (p *Part) MediaType() string { return p.Type + "/" + p.Subtype }

// Is reports whether the part has the media type, given in lower case.
func (p *Part) Is(typ, subtype string) bool { return p.Type == typ && p.Subtype == subtype }

// Derived reports whether the part's bytes are not a range of the message: it was found inside another part's decoded
// content, so IMAP has no section for it. OpenPart opens it all the same.
func (p *Part) Derived() bool { return p.within != nil }

// Param is the value of a Content-Type parameter named in lower case, or empty.
func (p *Part) Param(name string) string { return lookup(p.Params, name) }

// DispositionParam is the value of a Content-Disposition parameter named in lower case, or empty.
func (p *Part) DispositionParam(name string) string { return lookup(p.DispositionParams, name) }

// Charset is the declared charset in lower case, without stray quotes, or empty.
func (p *Part) Charset() string { return cleanCharset(p.Param("charset")) }

func lookup(params []Param, name string) string {
	for i := range params {
		if params[i].Name == name {
			return params[i].Value
		}
	}
	return ""
}

// walk calls f for p and every part below it, outermost first, the virtual ones and those of embedded messages too,
// until f returns false for a part, whose inner parts are then left out.
func (p *Part) walk(f func(*Part) bool) {
	if p == nil || !f(p) {
		return
	}
	for _, c := range p.Children {
		c.walk(f)
	}
	if p.Message != nil {
		p.Message.Root.walk(f)
	}
	for _, c := range p.Virtual {
		c.walk(f)
	}
}

// Part returns the part with the given ID, or nil. It finds virtual parts and parts of embedded messages too.
func (s *Summary) Part(id string) *Part {
	var found *Part
	s.Root.walk(func(p *Part) bool {
		if p.ID == id && found == nil {
			found = p
		}
		return found == nil
	})
	return found
}
