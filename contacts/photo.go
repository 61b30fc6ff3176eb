package contacts

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	_ "image/png" // MakePhoto takes it
	"io"
	"math"

	"github.com/gannetmail/gannet/store"
)

// Bounds of photos.
const (
	MaxPhoto       = 100 << 10 // bytes as kept, which is what clients take
	MaxPhotoSide   = 648       // pixels of width and height, the largest that Exchange keeps
	MaxPhotoSource = 20 << 20  // bytes of a picture that a photo is made of
	maxSourceSide  = 16 << 10  // pixels
	maxSourceArea  = 32 << 20  // pixels: of a JPEG some 100 MB in memory
)

// CheckPhoto reports what keeps a JPEG from being somebody's photo as it is.
func CheckPhoto(photo []byte) error {
	if len(photo) > MaxPhoto {
		return fmt.Errorf("%d bytes where %d are allowed", len(photo), MaxPhoto)
	}
	c, err := jpeg.DecodeConfig(bytes.NewReader(photo))
	if err != nil {
		return fmt.Errorf("no JPEG: %w", err)
	}
	if c.Width > MaxPhotoSide || c.Height > MaxPhotoSide || c.Width < 1 || c.Height < 1 {
		return fmt.Errorf("%d×%d pixels where %d×%[3]d are allowed", c.Width, c.Height, MaxPhotoSide)
	}
	if _, err := jpeg.Decode(bytes.NewReader(photo)); err != nil {
		return fmt.Errorf("no JPEG: %w", err)
	}
	return nil
}

// makePhoto is MakePhoto with at most that many bytes.
func makePhoto(source io.Reader, most int) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(source, MaxPhotoSource+1))
	if err != nil {
		return nil, fmt.Errorf("read picture: %w", err)
	}
	if len(raw) > MaxPhotoSource {
		return nil, fmt.Errorf("%w picture: more than %d MiB", store.Invalid, MaxPhotoSource>>20)
	}
	c, format, err := image.DecodeConfig(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("%w picture: neither JPEG nor PNG: %w", store.Invalid, err)
	}
	if c.Width < 1 || c.Height < 1 || c.Width > maxSourceSide || c.Height > maxSourceSide || c.Width*c.Height > maxSourceArea {
		return nil, fmt.Errorf("%w picture: %d×%d pixels are too many", store.Invalid, c.Width, c.Height)
	}
	turn, noted := 1, false
	if format == "jpeg" {
		turn, noted = exif(raw)
		if !noted && len(raw) <= most && CheckPhoto(raw) == nil {
			return raw, nil
		}
	}
	picture, _, err := image.Decode(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("%w picture: %w", store.Invalid, err)
	}
	return encodePhoto(upright{shrink(picture, photoSide(most)), turn}.drawn(), most)
}

// photoSide is the side of the photos that fill a bound in bytes at a good quality, at which a pixel takes some 1.6
// bits: to begin with more would only mean to encode it more often.
func photoSide(most int) int { return min(MaxPhotoSide, int(math.Sqrt(float64(5*most)))) }

// encodePhoto writes a JPEG as good as its bound in bytes allows.
func encodePhoto(picture *image.RGBA, most int) ([]byte, error) {
	for quality := 90; ; quality -= 10 {
		var out bytes.Buffer
		if err := jpeg.Encode(&out, picture, &jpeg.Options{Quality: quality}); err != nil {
			return nil, fmt.Errorf("write photo: %w", err)
		}
		if out.Len() <= most {
			return out.Bytes(), nil
		}
		if quality == 50 {
			picture, quality = shrink(picture, max(picture.Bounds().Dx(), picture.Bounds().Dy())/2), 100
		}
	}
}

// shrink returns the picture on white, with sides of at most that many pixels: each pixel is the mean of
// those that it stands for.
func shrink(picture image.Image, side int) *image.RGBA {
	w, h := picture.Bounds().Dx(), picture.Bounds().Dy()
	nw, nh := w, h
	if most := max(w, h); most > side {
		nw, nh = max(1, w*side/most), max(1, h*side/most)
	}
	out := image.NewRGBA(image.Rect(0, 0, nw, nh))
	strip := image.NewRGBA(image.Rect(0, 0, w, (h+nh-1)/nh)) // the rows that one row of out is made of
	for y := range nh {
		top, bottom := y*h/nh, (y+1)*h/nh
		rows := image.Rect(0, 0, w, bottom-top)
		draw.Draw(strip, rows, image.White, image.Point{}, draw.Src)
		draw.Draw(strip, rows, picture, picture.Bounds().Min.Add(image.Pt(0, top)), draw.Over)
		for x := range nw {
			out.SetRGBA(x, y, mean(strip, x*w/nw, (x+1)*w/nw, bottom-top))
		}
	}
	return out
}

// mean is the mean of the pixels from column left to right in the topmost rows.
func mean(p *image.RGBA, left, right, rows int) color.RGBA {
	var r, g, b int
	for y := range rows {
		for i := p.PixOffset(left, y); i < p.PixOffset(right, y); i += 4 {
			r, g, b = r+int(p.Pix[i]), g+int(p.Pix[i+1]), b+int(p.Pix[i+2])
		}
	}
	n := rows * (right - left)
	return color.RGBA{uint8(r / n), uint8(g / n), uint8(b / n), 0xff}
}
