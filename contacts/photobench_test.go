package contacts

import (
	"image"
	"image/color"
	"math/rand/v2"
	"testing"
)

// BenchmarkSmallPicture makes what a device takes of a photo of a megapixel.
func BenchmarkSmallPicture(b *testing.B) {
	picture := image.NewRGBA(image.Rect(0, 0, 1024, 1024))
	rng := rand.New(rand.NewPCG(1, 2))
	for y := range 1024 {
		for x := range 1024 {
			picture.Set(x, y, color.RGBA{uint8(x/5 + rng.IntN(24)), uint8(y/5 + rng.IntN(24)), uint8(rng.IntN(24)), 255})
		}
	}
	photo := jpegOf(b, picture)
	size := 0
	for b.Loop() {
		small, err := SmallPicture(photo, 36<<10)
		if err != nil {
			b.Fatal(err)
		}
		size = len(small)
	}
	b.ReportMetric(float64(len(photo)), "B-of-photo")
	b.ReportMetric(float64(size), "B")
}
