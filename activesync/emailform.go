package activesync

import (
	"strings"

	"github.com/gannetmail/gannet/activesync/policy"
	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
)

// An emailForm says in which form a device gets messages.
type emailForm struct {
	version  Version
	options  wire.Options
	whole    bool // nothing is cut unless the device asked for it: Fetch
	own      bool // the user wrote the message: Bcc stays in it
	exact    bool // the bytes go out as they are: no document has to hold them
	headOnly bool // of a message whose bytes are lost
	limits   policy.Limits
	mine     *ownAddresses // nil: nothing is told that depends on them
}

const (
	// maxBody is the longest text that an answer holds of one message, in bytes. More is cut, whatever the
	// device asked for; MIME is not bound by it.
	maxBody = 4 << 20
	// defaultBody is how much text a device gets that said nothing about bodies.
	defaultBody = 32 << 10
	// unlimited stands for a limit that is none.
	unlimited = int64(-1)
)

// A bodyForm is one way in which a body may be sent.
type bodyForm struct {
	kind      int   // wire.BodyText, BodyHTML or BodyMIME
	limit     int64 // bytes; unlimited: none
	allOrNone bool
	preview   int  // characters
	exact     bool // see emailForm
}

// oldText and oldMIME are the sizes of Truncation and MIMETruncation. MS-ASCMD; the last of each is whole.
var (
	oldText = [...]int64{0, 512, 1 << 10, 2 << 10, 5 << 10, 10 << 10, 20 << 10, 50 << 10, 100 << 10, unlimited}
	oldMIME = [...]int64{0, 4 << 10, 5 << 10, 7 << 10, 10 << 10, 20 << 10, 50 << 10, 100 << 10, unlimited}
)

// bodies returns the forms in which a message may be sent, the best first, at least one.
func (f *emailForm) bodies(s *mail.Summary) []bodyForm {
	if f.version < V120 {
		return f.limited([]bodyForm{f.oldBody(s)})
	}
	var forms []bodyForm
	if p, ok := f.preference(wire.BodyMIME); ok && f.takesMIME(s) {
		forms = append(forms, f.preferred(p))
	}
	native := int(s.Native())
	for _, kind := range []int{native, wire.BodyHTML, wire.BodyText} {
		if p, ok := f.preference(kind); ok && (kind != native || len(forms) == 0 || forms[len(forms)-1].kind != native) {
			forms = append(forms, f.preferred(p))
		}
	}
	if len(forms) == 0 {
		forms = []bodyForm{f.unasked()}
	}
	return f.limited(forms)
}

// preference returns what the device said about one type of body.
func (f *emailForm) preference(kind int) (wire.BodyPreference, bool) {
	for _, p := range f.options.Bodies {
		if p.Type == kind {
			return p, true
		}
	}
	return wire.BodyPreference{}, false
}

func (f *emailForm) preferred(p wire.BodyPreference) bodyForm {
	b := bodyForm{kind: p.Type, limit: p.Truncation, allOrNone: p.AllOrNone && !p.Whole, preview: p.Preview}
	switch {
	case !p.Whole:
	case p.Type == wire.BodyMIME && f.options.MIMETruncation != nil:
		b.limit = oldMIME[*f.options.MIMETruncation]
	default:
		b.limit = unlimited
	}
	return b
}

// unasked is the form for a device that asked for none that can be had: plain text. Whoever asked for RTF
// or MIME alone keeps the limit.
func (f *emailForm) unasked() bodyForm {
	b := bodyForm{kind: wire.BodyText, limit: defaultBody}
	if f.whole {
		b.limit = unlimited
	}
	for _, p := range f.options.Bodies {
		b = f.preferred(p)
		b.kind, b.allOrNone = wire.BodyText, false
	}
	return b
}

// oldBody is the form for 2.5.
func (f *emailForm) oldBody(s *mail.Summary) bodyForm {
	b := bodyForm{kind: wire.BodyText, limit: unlimited}
	if t := f.options.Truncation; t != nil {
		b.limit = oldText[*t]
	}
	if t := f.options.MIMETruncation; f.takesMIME(s) {
		b = bodyForm{kind: wire.BodyMIME, limit: unlimited}
		if t != nil {
			b.limit = oldMIME[*t]
		}
	}
	return b
}

// takesMIME reports whether the device wants the message as it is.
func (f *emailForm) takesMIME(s *mail.Summary) bool {
	return f.options.MIMESupport == 2 || f.options.MIMESupport == 1 && isSMIME(s)
}

// isSMIME reports whether the message is signed or encrypted by S/MIME.
func isSMIME(s *mail.Summary) bool {
	return strings.Contains(strings.ToUpper(s.MessageClass()), ".SMIME")
}

// cost estimates how many bytes the message takes in an answer. It errs on the high side for messages that
// are sent whole. Text that is read but cut counts for the time that it takes: an answer must be there before
// the device gives up.
func (f *emailForm) cost(size int64, s *mail.Summary) int64 {
	const (
		head   = 1500
		effort = 32 // bytes read that take the time of one written
	)
	form := f.bodies(s)[0]
	if form.kind != wire.BodyMIME {
		for _, p := range s.Attachments() {
			size -= p.Body.Length
		}
		size = max(size, 0)
	}
	sent := atMost(size, form.limit)
	if len(f.options.BodyParts) > 0 && f.version >= V141 {
		sent += atMost(size, f.preferred(f.options.BodyParts[0]).limit)
	}
	return head + sent + max(size-sent, 0)/effort
}

// atMost is what is left of size bytes below a limit.
func atMost(size, limit int64) int64 {
	if limit == unlimited {
		return size
	}
	return min(size, limit)
}

// holdsOwn reports whether a folder holds what the user wrote.
func holdsOwn(role store.Role) bool { return role == store.Sent || role == store.Drafts }
