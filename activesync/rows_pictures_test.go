package activesync

import (
	"fmt"
	"testing"

	"github.com/gannetmail/gannet/activesync/wire"
)

// TestRowsPictures lists what is said of photos, one after the other in one answer.
func TestRowsPictures(t *testing.T) {
	some, large := make([]byte, 1000), make([]byte, maxPictureBytes/3-1000)
	tests := []struct {
		name   string
		asked  wire.PictureRequest
		photos [][]byte
		want   string
	}{
		{"no bounds", wire.PictureRequest{MaxSize: -1, MaxPictures: -1}, [][]byte{some, some}, "[1 1]"},
		{"a size", wire.PictureRequest{MaxSize: 999, MaxPictures: -1}, [][]byte{some, some[:999]}, "[174 1]"},
		{"a number", wire.PictureRequest{MaxSize: -1, MaxPictures: 1}, [][]byte{some, some}, "[1 175]"},
		{"what is too large does not count", wire.PictureRequest{MaxSize: 999, MaxPictures: 1}, [][]byte{some, some[:9], some[:9]}, "[174 1 175]"},
		{"more than one answer holds", wire.PictureRequest{MaxSize: -1, MaxPictures: -1}, [][]byte{large, large, large, large, some}, "[1 1 1 175 1]"},
	}
	for _, tt := range tests {
		p := newPictures(&tt.asked)
		var got []int
		for _, photo := range tt.photos {
			picture := p.take(photo)
			if got = append(got, picture.Status); (len(picture.Data) > 0) != (picture.Status == pictureOK) {
				t.Errorf("%s: %d bytes with %d", tt.name, len(picture.Data), picture.Status)
			}
		}
		if fmt.Sprint(got) != tt.want {
			t.Errorf("%s: %v, want %s", tt.name, got, tt.want)
		}
	}
}
