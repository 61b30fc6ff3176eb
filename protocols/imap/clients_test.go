package imap

import (
	"reflect"
	"testing"
)

func TestParseWithout(t *testing.T) {
	for _, c := range []struct {
		in   string
		want Without
		ok   bool
	}{
		{"Alice@example.test idle CONDSTORE", Without{Account: "alice@example.test", Capabilities: []string{"IDLE", "CONDSTORE"}}, true},
		{"client:Some_Program MOVE", Without{Client: "Some Program", Capabilities: []string{"MOVE"}}, true},
		{"* COMPRESS=DEFLATE", Without{Capabilities: []string{"COMPRESS=DEFLATE"}}, true},
		{"alice@example.test", Without{}, false},
		{"alice IDLE", Without{}, false},
		{"client: IDLE", Without{}, false},
		{"* IMAP4REV1", Without{}, false},
		{"* NOSUCH", Without{}, false},
	} {
		got, err := ParseWithout(c.in)
		if (err == nil) != c.ok || c.ok && !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, %v", c.in, got, err)
		}
	}
}
