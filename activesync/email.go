package activesync

import (
	"encoding/base64"
	"encoding/binary"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
)

// maxAddressText bounds what is shown of a list of addresses. MS-ASEMAIL, To.
const maxAddressText = 32 << 10

// emailHead returns what can be said of a message without its bytes: whom Bcc names only of one of the user's own.
func emailHead(r store.Record, s *mail.Summary, own bool) *wire.Email {
	env := &s.Envelope
	m := &wire.Email{
		To: addressText(env.To, ", "), Cc: addressText(env.Cc, ", "),
		From:         addressText(env.From, ", "),
		ReplyTo:      addressText(env.ReplyTo, "; "),
		Subject:      env.Subject,
		DateReceived: r.Item.Received,
		DisplayTo:    displayText(env.To),
		ThreadTopic:  env.BaseSubject(),
		Importance:   int(s.Importance) + 1,
		Marks:        emailMarks(r.Item),
		MessageClass: s.MessageClass(),
		ContentClass: "urn:content-classes:message",
		Attachments:  emailAttachments(r, s),
		Native:       int(s.Native()),
		IsDraft:      r.Item.Flags&store.Draft != 0,

		ConversationID:    conversationID(r.Item),
		ConversationIndex: conversationIndex(r.Item, s.ThreadIndex),
	}
	if own || m.IsDraft {
		m.Bcc = addressText(env.Bcc, ", ")
	}
	if m.IsDraft && !env.Date.IsZero() { // of its last change, which does not move its arrival
		m.DateReceived = env.Date
	}
	if sender := addressText(env.Sender, ", "); sender != m.From {
		m.Sender = sender
	}
	if strings.HasPrefix(m.MessageClass, "IPM.Schedule.") {
		m.ContentClass = "urn:content-classes:calendarmessage"
	}
	return m
}

// addressText writes mailboxes for people, as many as fit.
func addressText(list []mail.Address, between string) string {
	var b strings.Builder
	for _, a := range mail.Mailboxes(list) {
		text := a.Display()
		if b.Len()+len(between)+len(text) > maxAddressText {
			break
		}
		if b.Len() > 0 {
			b.WriteString(between)
		}
		b.WriteString(text)
	}
	return b.String()
}

// displayText writes the names of mailboxes. MS-ASEMAIL, DisplayTo.
func displayText(list []mail.Address) string {
	var b strings.Builder
	for _, a := range mail.Mailboxes(list) {
		name := a.Name
		if name == "" {
			name = a.Addr()
		}
		if b.Len()+1+len(name) > maxAddressText {
			break
		}
		if b.Len() > 0 {
			b.WriteByte(';')
		}
		b.WriteString(name)
	}
	return b.String()
}

// emailMarks returns what people have marked a message with.
func emailMarks(i store.Item) wire.EmailMarks {
	return wire.EmailMarks{
		Read: i.Flags&store.Seen != 0, Flag: emailFlag(i), Categories: categories(i.Keywords),
		LastVerb: lastVerb(i), LastVerbTime: i.VerbTime,
	}
}

// categories are the keywords that people gave.
func categories(keywords []string) []string {
	return slices.DeleteFunc(slices.Clone(keywords), isProgramKeyword)
}

// isProgramKeyword reports whether a keyword is the business of mail programs: those that begin with $, and
// the three of spam filters. They are no categories, and a device that sets its categories does not remove
// them.
func isProgramKeyword(k string) bool {
	switch strings.ToLower(k) {
	case "junk", "nonjunk", "notjunk":
		return true
	}
	return strings.HasPrefix(k, "$")
}

// Statuses of a follow-up flag. MS-ASEMAIL, Status (Flag).
const (
	flagCleared  = 0
	flagComplete = 1
	flagActive   = 2
)

// defaultFlagType is what a flag is called that was set without a name, by IMAP for instance.
const defaultFlagType = "Flag for follow up"

// emailFlag returns the follow-up flag, nil if there is none.
func emailFlag(i store.Item) *wire.EmailFlag {
	f := i.Follow
	switch {
	case i.Flags&store.Flagged == 0 && (f == nil || !f.Complete):
		return nil
	case f == nil:
		return &wire.EmailFlag{Status: flagActive, Type: defaultFlagType}
	}
	out := &wire.EmailFlag{
		Status: flagActive, Type: f.Type, Subject: f.Subject,
		CompleteTime: f.CompleteTime, DateCompleted: f.DateCompleted,
		StartDate: f.StartDate, UTCStartDate: f.UTCStartDate, DueDate: f.DueDate, UTCDueDate: f.UTCDueDate,
		ReminderSet: f.ReminderSet, ReminderTime: f.ReminderTime,
		OrdinalDate: f.OrdinalDate, SubOrdinalDate: f.SubOrdinalDate,
	}
	if out.Type == "" {
		out.Type = defaultFlagType
	}
	if f.Complete {
		out.Status = flagComplete
	}
	return out
}

// emailAttachments lists the files of a message.
func emailAttachments(r store.Record, s *mail.Summary) []wire.Attachment {
	parts := s.Attachments()
	list := make([]wire.Attachment, 0, len(parts))
	for _, p := range parts {
		a := wire.Attachment{
			Name: p.DisplayName(), Reference: fileReference(r.Item.ID, p.ID), Method: 1, Size: p.DecodedSize,
			ContentID: p.ContentID, Location: p.Location, Inline: p.Inline,
		}
		if p.Is("message", "rfc822") || p.Is("message", "global") {
			a.Method = 5
		}
		list = append(list, a)
	}
	return list
}

// fileReference names a part of an item for ItemOperations and GetAttachment. It follows the item when it
// is moved. MS-ASAIRS, FileReference.
func fileReference(item store.ItemID, part string) string {
	return "i" + strconv.FormatInt(int64(item), 10) + ":" + part
}

// parseFileReference reads what fileReference wrote.
func parseFileReference(s string) (item store.ItemID, part string, ok bool) {
	number, part, ok := strings.Cut(strings.TrimPrefix(s, "i"), ":")
	id, err := strconv.ParseInt(number, 10, 64)
	item = store.ItemID(id)
	return item, part, ok && err == nil && part != "" && fileReference(item, part) == s
}

// conversationStart is the time in the first five bytes of every ConversationIndex that we make: what sorts
// messages is the block that follows.
var conversationStart = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// conversationIndex sorts a message within its conversation: five bytes of time and five for each answer.
// The sender's program may have said it in Thread-Index, which has one byte before and a GUID in between.
// MS-ASEMAIL, ConversationIndex.
func conversationIndex(i store.Item, threadIndex string) []byte {
	const guidEnd, block = 22, 5
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(threadIndex))
	if err == nil && len(raw) >= guidEnd && (len(raw)-guidEnd)%block == 0 && len(raw) < 1<<10 {
		return append(slices.Clone(raw[1:1+block]), raw[guidEnd:]...)
	}
	start := filetime(conversationStart)
	delta := max(filetime(i.Received), start) - start
	var level uint32
	if delta < 1<<49 {
		level = uint32(delta >> 18)
	} else {
		level = 1<<31 | uint32(delta>>23)
	}
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], start)
	index := slices.Clone(b[1:6])
	index = binary.BigEndian.AppendUint32(index, level)
	return append(index, 0)
}

// filetime counts 100 ns since 1601.
func filetime(t time.Time) uint64 { return uint64(t.Unix()+11644473600) * 10_000_000 }
