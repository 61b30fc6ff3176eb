package activesync

import (
	"slices"

	"github.com/gannetmail/gannet/activesync/policy"
	"github.com/gannetmail/gannet/activesync/wire"
)

// limited keeps the forms of a body to what the device's policy allows: text in place of HTML, and nothing
// longer than it says where the device does not fetch the message by itself. A message as it is, which a signature
// needs, is left alone. MS-ASPROV, AllowHTMLEmail and MaxEmailBodyTruncationSize.
func (f *emailForm) limited(forms []bodyForm) []bodyForm {
	if f.limits == (policy.Limits{}) {
		return forms
	}
	limited := make([]bodyForm, 0, len(forms))
	for _, form := range forms {
		if form.kind == wire.BodyHTML && f.limits.NoHTML {
			form.kind = wire.BodyText
		}
		if slices.ContainsFunc(limited, func(b bodyForm) bool { return b.kind == form.kind }) {
			continue
		}
		if !f.whole {
			form.limit = within(form.limit, f.boundOf(form.kind))
		}
		limited = append(limited, form)
	}
	return limited
}

func (f *emailForm) boundOf(kind int) policy.Bound {
	switch kind {
	case wire.BodyText:
		return f.limits.Text
	case wire.BodyHTML:
		return f.limits.HTML
	}
	return policy.Bound{}
}

// within is the smaller of a limit and a bound.
func within(limit int64, b policy.Bound) int64 {
	if b.Set && (limit == unlimited || limit > b.Bytes) {
		return b.Bytes
	}
	return limit
}
