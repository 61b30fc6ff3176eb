package activesync

import (
	"context"
	"errors"
	"fmt"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/contacts"
	"github.com/gannetmail/gannet/store"
)

// Statuses of Picture, in ResolveRecipients, Search and Find. MS-ASCMD, Status.
const (
	pictureOK      = 1
	pictureNone    = 173
	pictureTooBig  = 174
	pictureTooMany = 175
)

// maxPictureBytes is what all pictures of one answer may have, whatever the client allows.
const maxPictureBytes = 4 << 20

// pictures hands out photos within what a request allows. Its zero value allows none.
type pictures struct {
	maxSize int // bytes of one; -1: no matter
	left    int // how many more; -1: no matter
	bytes   int
}

// newPictures begins an answer to a request for photos; nil asks for none.
func newPictures(q *wire.PictureRequest) *pictures {
	if q == nil {
		return nil
	}
	return &pictures{maxSize: q.MaxSize, left: q.MaxPictures}
}

// of returns the photo of a person or why there is none; nil if none was asked for.
func (p *pictures) of(ctx context.Context, d *contacts.Directory, who contacts.Person) (*wire.Picture, error) {
	if p == nil {
		return nil, nil
	}
	if who.List {
		return &wire.Picture{Status: pictureNone}, nil
	}
	photo, err := d.Photo(ctx, who.Account)
	switch {
	case errors.Is(err, store.NotFound):
		return &wire.Picture{Status: pictureNone}, nil
	case err != nil:
		return nil, fmt.Errorf("photo of %s: %w", who.Address, err)
	}
	return p.take(photo), nil
}

// take hands out a photo, or says why not; nil if none was asked for.
func (p *pictures) take(photo []byte) *wire.Picture {
	switch {
	case p == nil:
		return nil
	case len(photo) == 0:
		return &wire.Picture{Status: pictureNone}
	case p.maxSize >= 0 && len(photo) > p.maxSize:
		return &wire.Picture{Status: pictureTooBig}
	case p.left == 0, p.bytes+len(photo) > maxPictureBytes:
		return &wire.Picture{Status: pictureTooMany}
	}
	p.left = max(p.left-1, -1)
	p.bytes += len(photo)
	return &wire.Picture{Status: pictureOK, Data: photo}
}
