package wire

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/gannetmail/gannet/wbxml"
)

// Options say which items a device wants and in which form. Its zero value is what a device gets that says
// nothing: all items, changes of the server win. It is kept as JSON between requests. MS-ASCMD, Options.
type Options struct {
	Class          string           `json:"class,omitempty"`          // "Email", "SMS"; empty: that of the folder
	FilterType     int              `json:"filter,omitempty"`         // 0 to 8
	ClientWins     bool             `json:"clientWins,omitempty"`     // Conflict 0
	Truncation     *int             `json:"truncation,omitempty"`     // 2.5: 0 to 9; nil: absent
	MIMESupport    int              `json:"mimeSupport,omitempty"`    // 0 never, 1 for S/MIME, 2 always
	MIMETruncation *int             `json:"mimeTruncation,omitempty"` // 0 to 8; nil: absent
	MaxItems       int              `json:"maxItems,omitempty"`       // for the recipient cache; 0: absent
	Bodies         []BodyPreference `json:"bodies,omitempty"`         // at most one of each type, as sent
	BodyParts      []BodyPreference `json:"bodyParts,omitempty"`
}

// The types of body. MS-ASAIRS, Type (Body).
const (
	BodyText = 1
	BodyHTML = 2
	BodyRTF  = 3
	BodyMIME = 4
)

// ErrBodyPartType says that a device wants parts of conversations in another form than HTML, which there is not.
// MS-ASCMD, Common Status Codes: BodyPartPreferenceTypeNotSupported.
var ErrBodyPartType = errors.New("parts of conversations are HTML")

// BodyPreference is one form in which a device takes bodies. MS-ASAIRS, BodyPreference.
type BodyPreference struct {
	Type       int   `json:"type"`
	Truncation int64 `json:"size,omitempty"`  // TruncationSize, bytes; see Whole
	Whole      bool  `json:"whole,omitempty"` // no TruncationSize: the body is not cut
	AllOrNone  bool  `json:"all,omitempty"`   // rather the next preference than a part
	Preview    int   `json:"preview,omitempty"`
}

// options reads an Options element, of Sync, GetItemEstimate or ItemOperations; it passes over elements
// that are not of [Options] with other.
func (r *reader) options(o *Options, other func(wbxml.Tag) error) error {
	return r.each(func(tag wbxml.Tag) error {
		switch tag {
		case wbxml.AirSyncClass:
			return r.short(&o.Class, 64)
		case wbxml.AirSyncFilterType:
			return r.within(&o.FilterType, 0, 8)
		case wbxml.AirSyncConflict:
			var wins int
			err := r.within(&wins, 0, 1)
			o.ClientWins = wins == 0
			return err
		case wbxml.AirSyncTruncation:
			o.Truncation = new(int)
			return r.within(o.Truncation, 0, 9)
		case wbxml.AirSyncMIMESupport:
			return r.within(&o.MIMESupport, 0, 2)
		case wbxml.AirSyncMIMETruncation:
			o.MIMETruncation = new(int)
			return r.within(o.MIMETruncation, 0, 8)
		case wbxml.AirSyncMaxItems:
			return r.within(&o.MaxItems, 0, 1<<30)
		case wbxml.AirSyncBaseBodyPreference:
			return r.bodyPreference(&o.Bodies)
		case wbxml.AirSyncBaseBodyPartPreference:
			if err := r.bodyPreference(&o.BodyParts); err != nil {
				return err
			}
			if o.BodyParts[len(o.BodyParts)-1].Type != BodyHTML {
				return ErrBodyPartType
			}
			return nil
		}
		if other != nil {
			return other(tag)
		}
		return nil
	})
}

// bodyPreference reads one preference and adds it to those before.
func (r *reader) bodyPreference(into *[]BodyPreference) error {
	p := BodyPreference{Whole: true}
	err := r.each(func(tag wbxml.Tag) error {
		switch tag {
		case wbxml.AirSyncBaseType:
			return r.within(&p.Type, BodyText, BodyMIME)
		case wbxml.AirSyncBaseTruncationSize:
			p.Whole = false
			return r.size(&p.Truncation)
		case wbxml.AirSyncBaseAllOrNone:
			return r.flag(&p.AllOrNone)
		case wbxml.AirSyncBasePreview:
			return r.within(&p.Preview, 0, 255)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if p.Type == 0 {
		return r.fail("body preference without type")
	}
	for _, before := range *into {
		if before.Type == p.Type {
			return r.fail("two body preferences of one type")
		}
	}
	*into = append(*into, p)
	return nil
}

// within reads a decimal integer from lo to hi.
func (r *reader) within(into *int, lo, hi int) error {
	if err := r.number(into); err != nil {
		return err
	}
	if *into < lo || *into > hi {
		return r.fail(fmt.Sprintf("%d is not from %d to %d", *into, lo, hi))
	}
	return nil
}

// size reads a number of bytes; what is above 32 bits counts as the largest of 32 bits.
func (r *reader) size(into *int64) error {
	var s string
	if err := r.text(&s); err != nil {
		return err
	}
	n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
	if err != nil || n < 0 {
		return r.fail(fmt.Sprintf("%.20q is no size", s))
	}
	*into = min(n, 1<<32-1)
	return nil
}
