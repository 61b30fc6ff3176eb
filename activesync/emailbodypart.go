package activesync

import (
	"bytes"

	"github.com/gannetmail/gannet/activesync/wire"
)

// Statuses of a BodyPart. MS-ASAIRS, Status (BodyPart).
const (
	bodyPartOK       = 1
	bodyPartTooLarge = 176
)

// part makes a BodyPart: what the message adds to its conversation, as HTML, the only Type that there is for it. Of a
// message that is longer than an answer may hold only the size is told, if the device wants it whole. nil: the policy
// allows no HTML. MS-ASAIRS, BodyPart.
func (b *bodySource) part(p wire.BodyPreference, f emailForm) (*wire.Body, error) {
	form := f.limited([]bodyForm{f.preferred(p)})[0]
	if form.kind != wire.BodyHTML {
		return nil, nil
	}
	blob, err := b.open()
	if err != nil {
		return nil, err
	}
	limit := form.limit
	if limit == unlimited || limit > maxBody {
		limit = maxBody
	}
	text, err := b.summary.Unique(blob, limit)
	if err != nil {
		return nil, err
	}
	body := &wire.Body{
		Type: wire.BodyHTML, Status: bodyPartOK, Size: text.Size, Truncated: text.Truncated, Data: bytes.NewReader(text.Data),
		Preview: firstRunes(b.summary.Preview, form.preview),
	}
	switch {
	case text.Truncated && form.limit != limit:
		body.Status, body.Truncated, body.Data = bodyPartTooLarge, false, nil
	case text.Truncated && form.allOrNone:
		body.Data = nil
	}
	return body, nil
}
