package store

import (
	"errors"
	"testing"
)

func TestRights(t *testing.T) {
	tests := []struct {
		letters string
		want    Rights
		text    string
	}{
		{"", 0, ""},
		{"l", MayLookup, "l"},
		{"swrl", MayLookup | MayRead | MayKeepSeen | MayWrite, "lrsw"},
		{"lll", MayLookup, "l"},
		{"aetxkpiwsrl", AllRights, "lrswipkxtea"},
		{"c", MayCreate | MayRemove, "kx"},
		{"d", MayDelete | MayExpunge, "te"},
		{"lrswipcda", AllRights, "lrswipkxtea"},
		{"0l", MayLookup | MaySeeTimes, "l0"},
	}
	for _, tt := range tests {
		r, err := ParseRights(tt.letters)
		if err != nil || r != tt.want || r.String() != tt.text {
			t.Errorf("%q: %v (%#x), %v; want %s", tt.letters, r, uint16(r), err, tt.text)
		}
	}
	for _, bad := range []string{"L", "lr1", "z", "l r", "lé", "\x00"} {
		if r, err := ParseRights(bad); r != 0 || !errors.Is(err, Invalid) {
			t.Errorf("%q: %v, %v; want Invalid", bad, r, err)
		}
	}
	if s := (MaySeeTimes << 1).String(); s != "" {
		t.Errorf("a right that there is not is written %q", s)
	}
}
