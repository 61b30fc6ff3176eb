package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// TestNamesSteerNoTerminal prints what a device may call itself.
func TestNamesSteerNoTerminal(t *testing.T) {
	const name = "a\x1b[31m\u009b31m\x7f\n\u202eexe.gpj\u202c\u2066b\u2069 \u05d0\u00e9"
	if got, want := plain(name), "a?[31m?31m???exe.gpj??b? \u05d0\u00e9"; got != want {
		t.Errorf("as text %q, want %q", got, want)
	}
	var out bytes.Buffer
	in := invocation{cli: &cli{JSON: true}, stdout: &out}
	if err := in.print(map[string]string{"name": name}, nil); err != nil {
		t.Fatal(err)
	}
	if i := strings.IndexFunc(out.String(), func(r rune) bool { return steers(r) && r != '\n' }); i >= 0 {
		t.Errorf("as JSON: %q", out.String())
	}
	var back map[string]string
	if err := json.Unmarshal(out.Bytes(), &back); err != nil || back["name"] != name {
		t.Errorf("read back %q, %v", back["name"], err)
	}
}
