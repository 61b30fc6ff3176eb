package calendar

import (
	"encoding/base64"
	"testing"
	"time"
)

func TestGlobalID(t *testing.T) {
	day := time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC)
	tests := []struct {
		name, uid  string
		occurrence time.Time
		want       string
	}{
		{"any UID", "20260801T120000Z-77@example.org", time.Time{},
			"BAAAAIIA4AB0xbcQGoLgCAAAAAAAAAAAAAAAAAAAAAAAAAAALAAAAHZDYWwtVWlkAQAAADIwMjYwODAxVDEyMDAwMFotNzdAZXhhbXBsZS5vcmcA"},
		{"Outlook's, of an occurrence", "040000008200E00074C5B7101A82E00800000000F0A1B2C3D4E5DA0100000000000000001000000000112233445566778899AABBCCDDEEFF", day,
			"BAAAAIIA4AB0xbcQGoLgCAfqCAHwobLD1OXaAQAAAAAAAAAAEAAAAAARIjNEVWZ3iJmqu8zd7v8="},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			id := GlobalID(tt.uid, tt.occurrence)
			if got := base64.StdEncoding.EncodeToString(id); got != tt.want {
				t.Errorf("id %s\nwant %s", got, tt.want)
			}
			uid, occurrence, ok := ParseGlobalID(id)
			if !ok || uid != tt.uid || !occurrence.Equal(tt.occurrence) {
				t.Errorf("back: %q %v %v", uid, occurrence, ok)
			}
		})
	}
}

func TestParseGlobalIDOfOthers(t *testing.T) {
	long := GlobalID("x@example.test", time.Time{})
	long[globalCount] = 0xFF // a count beyond the data: the whole is the UID
	if uid, _, ok := ParseGlobalID(long); !ok || uid[:16] != "040000008200E000" {
		t.Errorf("count beyond the data: %q %v", uid, ok)
	}
	for _, id := range [][]byte{nil, globalClass, make([]byte, 60)} {
		if uid, _, ok := ParseGlobalID(id); ok {
			t.Errorf("%x is read as %q", id, uid)
		}
	}
	lower := "040000008200e00074c5b7101a82e00800000000f0a1b2c3d4e5da0100000000000000001000000000112233445566778899aabbccddeeff"
	if uid, _, _ := ParseGlobalID(GlobalID(lower, time.Time{})); uid[len(uid)-4:] != "EEFF" {
		t.Errorf("digits in lower case: %q", uid)
	}
}

func FuzzGlobalID(f *testing.F) {
	f.Add("20260801T120000Z-77@example.org")
	f.Add("040000008200E00074C5B7101A82E008")
	f.Fuzz(func(t *testing.T, uid string) {
		got, _, ok := ParseGlobalID(GlobalID(uid, time.Time{}))
		if !ok || got != uid && outlookID(uid) == nil {
			t.Errorf("%q comes back as %q, %v", uid, got, ok)
		}
	})
}
