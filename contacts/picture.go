package contacts

import (
	"bytes"
	"fmt"
	"image"
	"io"

	"github.com/gannetmail/gannet/contacts/vcard"
)

// Picture is the photo that a card holds, as it is there; nil if it holds none, or only says where one is.
func Picture(c *vcard.Card) []byte {
	for _, f := range c.All("PHOTO") {
		if _, data, ok := vcard.DataURI(f.Value()); ok && len(data) > 0 {
			return data
		}
	}
	return nil
}

// SetPicture gives a card another photo, nothing takes it away. What the card said of the old one is gone then.
// A photo that is neither JPEG nor PNG is an error.
func SetPicture(c *vcard.Card, data []byte) error {
	if len(data) == 0 {
		c.Remove("PHOTO")
		return nil
	}
	_, kind, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("photo of %d bytes: %w", len(data), err)
	}
	if !bytes.Equal(data, Picture(c)) {
		c.Set(vcard.NewData("PHOTO", "image/"+kind, data))
	}
	return nil
}

// SmallPicture makes a JPEG of at most that many bytes of a photo. What is one already stays as it is, what is no
// picture is store.Invalid.
func SmallPicture(photo []byte, most int) ([]byte, error) {
	if _, kind, err := image.DecodeConfig(bytes.NewReader(photo)); err == nil && kind == "jpeg" && len(photo) <= most {
		return photo, nil
	}
	return makePhoto(bytes.NewReader(photo), most)
}

// MakePhoto makes a photo of a picture, JPEG or PNG: upright, small enough, and without what cameras note
// beside it. What is a photo already stays as it is. A source that is no picture or exceeds the bounds is
// store.Invalid.
func MakePhoto(source io.Reader) ([]byte, error) { return makePhoto(source, MaxPhoto) }
