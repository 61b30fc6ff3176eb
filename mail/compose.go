package mail

import (
	"bufio"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/store/address"
)

// ErrForeignFrom says that the sender may not use the address in From.
var ErrForeignFrom = errors.New("the From address is not one of the sender's own")

// ErrHeader says that a submitted message has no readable header, or one beyond MaxHeader.
var ErrHeader = errors.New("the message has no readable header")

// SubmitRules say what a submitted message must become before it is sent. RFC 6409, section 8.
type SubmitRules struct {
	// Owns reports whether the sender may use a canonical address in From and Sender.
	Owns func(addr string) bool
	// Primary is put into From when the message has none or, with ReplaceFrom, a foreign one.
	Primary Address
	// ReplaceFrom replaces a foreign From, as ActiveSync clients expect; otherwise it is ErrForeignFrom.
	ReplaceFrom bool
	// Hostname ends a new Message-ID.
	Hostname string
	// Now is the Date of a message that has none.
	Now time.Time
	// InReplyTo and References, without angle brackets, are set when the message has neither; ids that other
	// servers would refuse are left out.
	InReplyTo  string
	References []string
	// KeepBcc leaves Bcc in, for the sender's own copy.
	KeepBcc bool
}

// Submission is what was learned of a submitted message.
type Submission struct {
	From       string   // canonical address
	Recipients []string // canonical addresses of To, Cc and Bcc, in this order, each once
	Refused    []string // what stood in To, Cc or Bcc and is no address
	MessageID  string   // without angle brackets
	Subject    string   // decoded
	HasBcc     bool
	UTF8       bool // the header needs SMTPUTF8
}

// Submit copies the message r to w as it may be sent: From and Sender are the sender's, Date, Message-ID and
// MIME-Version are there, Bcc is not, text and names beyond ASCII are encoded words, header lines end in
// CRLF and so does every line of the body. No other byte of the body changes, so that signatures stay
// valid. It streams: memory is bounded by the header.
func Submit(w io.Writer, r io.Reader, rules SubmitRules) (Submission, error) {
	br := bufio.NewReaderSize(r, headerBuffer)
	fields, err := readFields(br)
	if err != nil {
		return Submission{}, err
	}
	sub, err := fields.submit(rules)
	if err != nil {
		return Submission{}, err
	}
	out := newCRLFWriter(w)
	fields.writeTo(out)
	out.line("")
	if _, err := io.Copy(out, br); err != nil {
		return Submission{}, fmt.Errorf("copy the body: %w", err)
	}
	return sub, out.close()
}

// submit changes the fields by the rules and gathers the envelope.
func (f *fields) submit(rules SubmitRules) (Submission, error) {
	var sub Submission
	if err := f.setFrom(rules, &sub); err != nil {
		return sub, err
	}
	f.collectRecipients(&sub)
	if f.has("Bcc") {
		sub.HasBcc = true
		if !rules.KeepBcc {
			f.remove("Bcc")
		}
	}
	f.remove("Return-Path")
	if f.get("Date") == "" {
		f.set("Date", rules.Now.Format(time.RFC1123Z))
	}
	if ids := parseMessageIDs([]byte(f.get("Message-ID"))); len(ids) > 0 {
		sub.MessageID = ids[0]
	} else {
		sub.MessageID = NewMessageID(rules.Hostname)
		f.set("Message-ID", "<"+sub.MessageID+">")
	}
	if f.get("MIME-Version") == "" {
		f.set("MIME-Version", "1.0")
	}
	f.setThreading(rules)
	sub.Subject = decodeText([]byte(f.get("Subject")), "")
	f.encode()
	sub.UTF8 = f.eightBit()
	return sub, nil
}

func (f *fields) setFrom(rules SubmitRules, sub *Submission) error {
	var from []Address // of all From fields: readers differ in which of several they show
	for _, raw := range f.all("From") {
		from = append(from, Mailboxes(ParseAddresses(raw))...)
	}
	var own string
	if len(from) == 1 {
		if addr, err := address.Canonical(from[0].Addr()); err == nil && rules.Owns(addr) {
			own = addr
		}
	}
	if own == "" && len(from) > 0 && !rules.ReplaceFrom {
		return ErrForeignFrom
	}
	if own == "" {
		addr, err := address.Canonical(rules.Primary.Addr())
		if err != nil {
			return err
		}
		own = addr
		f.set("From", encodeAddress(rules.Primary))
	}
	if !f.ownSender(rules) {
		f.remove("Sender")
	}
	sub.From = own
	return nil
}

// ownSender reports whether Sender names an address that may also stand in From. Programs show it.
func (f *fields) ownSender(rules SubmitRules) bool {
	for _, raw := range f.all("Sender") {
		for _, a := range Mailboxes(ParseAddresses(raw)) {
			if addr, err := address.Canonical(a.Addr()); err != nil || !rules.Owns(addr) {
				return false
			}
		}
	}
	return true
}

func (f *fields) collectRecipients(sub *Submission) {
	seen := map[string]bool{}
	for _, name := range []string{"To", "Cc", "Bcc"} {
		for _, raw := range f.all(name) {
			for _, a := range Mailboxes(ParseAddresses(raw)) {
				addr, err := address.Canonical(a.Addr())
				switch {
				case errors.Is(err, store.Invalid):
					sub.Refused = append(sub.Refused, a.Addr())
				case !seen[addr]:
					seen[addr] = true
					sub.Recipients = append(sub.Recipients, addr)
				}
			}
		}
	}
}

func (f *fields) setThreading(rules SubmitRules) {
	if f.get("In-Reply-To") != "" || f.get("References") != "" {
		return
	}
	if sendable(rules.InReplyTo) {
		f.set("In-Reply-To", "<"+rules.InReplyTo+">")
	}
	var refs []string
	for _, id := range append(slices.Clip(rules.References), rules.InReplyTo) {
		if sendable(id) {
			refs = append(refs, id)
		}
	}
	if len(refs) == 0 {
		return
	}
	const most = 20 // the root and the latest: RFC 5322 sets no limit, header sizes do
	if len(refs) > most {
		refs = append(refs[:1:1], refs[len(refs)-most+1:]...)
	}
	f.set("References", "<"+strings.Join(refs, ">\r\n <")+">")
}

// sendable reports whether a message id of somebody else's may stand in a header: in ASCII, as every server
// takes it, and shorter than a line. RFC 5322, sections 2.1.1 and 3.6.4.
func sendable(id string) bool {
	return id != "" && len(id) <= 900 && printable(id) && !strings.ContainsAny(id, " <>")
}

// NewMessageID returns a message id without angle brackets that no other message has.
func NewMessageID(hostname string) string {
	var b [15]byte
	rand.Read(b[:])
	return strings.ToLower(base32.StdEncoding.EncodeToString(b[:])) + "@" + hostname
}
