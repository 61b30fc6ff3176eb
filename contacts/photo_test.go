package contacts

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gannetmail/gannet/store"
)

// flag is a picture whose left upper quarter is red and the rest blue.
func flag(w, h int) *image.RGBA {
	p := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			p.SetRGBA(x, y, color.RGBA{0, 0, 255, 255})
			if x < w/2 && y < h/2 {
				p.SetRGBA(x, y, color.RGBA{255, 0, 0, 255})
			}
		}
	}
	return p
}

func jpegOf(t testing.TB, p image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	must(t, jpeg.Encode(&b, p, nil))
	return b.Bytes()
}

func pngOf(t testing.TB, p image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	must(t, png.Encode(&b, p))
	return b.Bytes()
}

// noted puts what a camera notes into a JPEG.
func noted(raw []byte, orientation uint16, order binary.AppendByteOrder) []byte {
	tiff := []byte("MM\x00*")
	if order == binary.AppendByteOrder(binary.LittleEndian) {
		tiff = []byte("II*\x00")
	}
	tiff = order.AppendUint32(tiff, 8)
	tiff = order.AppendUint16(tiff, 2)
	for _, f := range [][4]uint16{{0x10f, 2, 1, 'X'}, {0x112, 3, 1, orientation}} {
		tiff = order.AppendUint16(order.AppendUint16(tiff, f[0]), f[1])
		tiff = order.AppendUint32(tiff, uint32(f[2]))
		tiff = order.AppendUint16(order.AppendUint16(tiff, f[3]), 0)
	}
	body := append([]byte("Exif\x00\x00"), tiff...)
	segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(body)+2))
	return slices.Concat(raw[:2], segment, body, raw[2:])
}

func TestMakePhoto(t *testing.T) {
	small := jpegOf(t, flag(96, 96))
	noise := image.NewRGBA(image.Rect(0, 0, 900, 900))
	random := rand.New(rand.NewPCG(1, 2))
	for i := range noise.Pix {
		noise.Pix[i] = byte(random.Uint32())
	}
	tests := []struct {
		name string
		raw  []byte
		w, h int
	}{
		{"a photo already", small, 96, 96},
		{"PNG", pngOf(t, flag(96, 64)), 96, 64},
		{"large", jpegOf(t, flag(2000, 1000)), 648, 324},
		{"tall", jpegOf(t, flag(10, 5000)), 1, 648},
		{"with notes", noted(small, 1, binary.BigEndian), 96, 96},
		{"on its side", noted(jpegOf(t, flag(2000, 1000)), 6, binary.LittleEndian), 324, 648},
		{"hard to compress", pngOf(t, noise), 648, 648},
	}
	for _, tt := range tests {
		got, err := MakePhoto(bytes.NewReader(tt.raw))
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		c, err := jpeg.DecodeConfig(bytes.NewReader(got))
		if err != nil || c.Width != tt.w && tt.name != "hard to compress" || c.Height != tt.h && tt.name != "hard to compress" {
			t.Errorf("%s: %d×%d, %v; want %d×%d", tt.name, c.Width, c.Height, err, tt.w, tt.h)
		}
		if err := CheckPhoto(got); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		if bytes.Contains(got, []byte("Exif")) {
			t.Errorf("%s: the camera's notes are in it", tt.name)
		}
	}
	if got, _ := MakePhoto(bytes.NewReader(small)); !bytes.Equal(got, small) {
		t.Error("a photo was made anew that was one")
	}
}

// TestUpright holds a flag in each of the eight ways and looks where its red quarter is.
func TestUpright(t *testing.T) {
	quarters := [...]string{1: "left top", 2: "right top", 3: "right bottom", 4: "left bottom", 5: "left top", 6: "right top", 7: "right bottom", 8: "left bottom"}
	for orientation, want := range quarters {
		if orientation == 0 {
			continue
		}
		raw, err := MakePhoto(bytes.NewReader(noted(jpegOf(t, flag(200, 100)), uint16(orientation), binary.BigEndian)))
		must(t, err)
		p, err := jpeg.Decode(bytes.NewReader(raw))
		must(t, err)
		w, h := p.Bounds().Dx(), p.Bounds().Dy()
		if (w < h) != (orientation >= 5) {
			t.Errorf("orientation %d: %d×%d", orientation, w, h)
		}
		for name, at := range map[string]image.Point{
			"left top": {w / 4, h / 4}, "right top": {w * 3 / 4, h / 4}, "left bottom": {w / 4, h * 3 / 4}, "right bottom": {w * 3 / 4, h * 3 / 4},
		} {
			r, _, b, _ := p.At(at.X, at.Y).RGBA()
			if (r > b) != (name == want) {
				t.Errorf("orientation %d: %s red %d, blue %d; want red at %s", orientation, name, r>>8, b>>8, want)
			}
		}
	}
}

func TestTransparent(t *testing.T) {
	raw, err := MakePhoto(bytes.NewReader(pngOf(t, image.NewRGBA(image.Rect(0, 0, 8, 8)))))
	must(t, err)
	p, err := jpeg.Decode(bytes.NewReader(raw))
	must(t, err)
	if r, g, b, _ := p.At(4, 4).RGBA(); r>>8 < 250 || g>>8 < 250 || b>>8 < 250 {
		t.Errorf("nothing is %d %d %d, want white", r>>8, g>>8, b>>8)
	}
}

func TestNoPhoto(t *testing.T) {
	huge := pngOf(t, image.NewGray(image.Rect(0, 0, 1, 1)))
	binary.BigEndian.PutUint32(huge[16:], 30_000)
	binary.BigEndian.PutUint32(huge[20:], 30_000)
	fixPNG(huge)
	small := jpegOf(t, flag(96, 96))
	for name, raw := range map[string][]byte{
		"nothing": nil, "text": []byte("photo"), "huge": huge, "cut off": small[:len(small)/2],
		"GIF": []byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;"), "too long": make([]byte, MaxPhotoSource+1),
	} {
		if _, err := MakePhoto(bytes.NewReader(raw)); !errors.Is(err, store.Invalid) {
			t.Errorf("%s: %v, want Invalid", name, err)
		}
	}
	for name, raw := range map[string][]byte{
		"PNG": pngOf(t, flag(9, 9)), "large": jpegOf(t, flag(649, 9)), "cut off": small[:len(small)/2], "long": append(slices.Clone(small), make([]byte, MaxPhoto)...),
	} {
		if CheckPhoto(raw) == nil {
			t.Errorf("CheckPhoto(%s): no error", name)
		}
	}
}

// fixPNG corrects the checksum of the first chunk.
func fixPNG(raw []byte) { binary.BigEndian.PutUint32(raw[29:], crc32.ChecksumIEEE(raw[12:29])) }

func FuzzExif(f *testing.F) {
	small := jpegOf(f, flag(8, 8))
	f.Add(small)
	f.Add(noted(small, 6, binary.LittleEndian))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if o, _ := exif(raw); o < 1 || o > 8 {
			t.Errorf("orientation %d", o)
		}
	})
}
