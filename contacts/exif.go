package contacts

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
)

// exif looks at what a camera noted in a JPEG: how to hold the picture, from 1 (as it is) to 8 (CIPA DC-008,
// Orientation), and whether there is anything but the picture at all.
func exif(raw []byte) (orientation int, noted bool) {
	orientation = 1
	for i := 2; i+4 <= len(raw) && raw[i] == 0xff; {
		kind, n := raw[i+1], int(binary.BigEndian.Uint16(raw[i+2:]))
		if kind == 0xda || n < 2 || i+2+n > len(raw) { // the picture itself
			break
		}
		body := raw[i+4 : i+2+n]
		noted = noted || kind == 0xfe || 0xe1 <= kind && kind <= 0xef && kind != 0xee // comments and notes, but Adobe's colours
		if rest, ok := bytes.CutPrefix(body, []byte("Exif\x00\x00")); ok && kind == 0xe1 {
			orientation = tiffOrientation(rest)
		}
		i += 2 + n
	}
	return orientation, noted
}

// tiffOrientation reads the field Orientation from the first directory of a TIFF file, 1 if it has none.
func tiffOrientation(b []byte) int {
	if len(b) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.BigEndian
	if b[0] == 'I' {
		order = binary.LittleEndian
	}
	const field, orientation = 12, 0x112
	at := uint64(order.Uint32(b[4:]))
	if at+2 > uint64(len(b)) {
		return 1
	}
	n := order.Uint16(b[at:])
	for at += 2; n > 0 && at+field <= uint64(len(b)); n-- {
		if order.Uint16(b[at:]) == orientation {
			if v := int(order.Uint16(b[at+8:])); v >= 1 && v <= 8 {
				return v
			}
			return 1
		}
		at += field
	}
	return 1
}

// upright shows a picture as its orientation says.
type upright struct {
	*image.RGBA
	orientation int
}

// drawn is the picture as it is shown, in a form that encoders read quickly.
func (u upright) drawn() *image.RGBA {
	if u.orientation < 2 {
		return u.RGBA
	}
	out := image.NewRGBA(u.Bounds())
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			out.Set(x, y, u.At(x, y))
		}
	}
	return out
}

// Bounds implements [image.Image].
func (u upright) Bounds() image.Rectangle {
	b := u.RGBA.Bounds()
	if u.orientation >= 5 { // lies on its side
		return image.Rect(0, 0, b.Dy(), b.Dx())
	}
	return b
}

// At implements [image.Image].
func (u upright) At(x, y int) color.Color {
	w, h := u.RGBA.Bounds().Dx()-1, u.RGBA.Bounds().Dy()-1
	if u.orientation >= 5 {
		x, y = y, x
	}
	switch u.orientation {
	case 2, 7, 3, 8:
		x = w - x
	}
	switch u.orientation {
	case 3, 4, 6, 7:
		y = h - y
	}
	return u.RGBA.At(x, y)
}
