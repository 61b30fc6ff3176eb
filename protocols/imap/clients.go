package imap

import (
	"fmt"
	"slices"
	"strings"
)

// Without keeps capabilities from clients that misbehave with them.
type Without struct {
	Account      string   // address; empty: everybody
	Client       string   // how the name of its ID begins, in any case; empty: every client
	Capabilities []string // names as CAPABILITY lists them, in upper case
}

// builtinWithout is what known clients stumble over, with the source of each. A client is known by its ID, which it may
// send late: what it was told before then stays in its memory, but doing it has no effect any more.
var builtinWithout = []Without{
	// It enables UIDONLY and then expects FETCH with sequence numbers: github.com/mjl-/mox/issues/388,
	// github.com/modern-email/defects/issues/49.
	{Client: "Microsoft", Capabilities: []string{"UIDONLY"}},
}

// ParseWithout reads "alice@example.test UIDONLY NOTIFY", "client:Thunderbird COMPRESS=DEFLATE", "* PREVIEW": who, then
// what. A client's name may hold spaces as "_".
func ParseWithout(text string) (Without, error) {
	fields := strings.Fields(text)
	if len(fields) < 2 {
		return Without{}, fmt.Errorf("%q: expected an address, client:NAME or *, and capabilities", text)
	}
	var w Without
	for _, name := range fields[1:] {
		name = strings.ToUpper(name)
		if !canLack(name) {
			return Without{}, fmt.Errorf("%q: %s is no capability that can be kept from a client", text, name)
		}
		w.Capabilities = append(w.Capabilities, name)
	}
	client, isClient := strings.CutPrefix(fields[0], "client:")
	switch {
	case isClient && client != "":
		w.Client = strings.ReplaceAll(client, "_", " ")
	case strings.Contains(fields[0], "@"):
		w.Account = strings.ToLower(fields[0])
	case fields[0] != "*":
		return Without{}, fmt.Errorf("%q: expected an address, client:NAME or *", text)
	}
	return w, nil
}

// canLack reports whether there is a capability of that name that a session can be without.
func canLack(name string) bool {
	return slices.ContainsFunc(offers, func(o offer) bool { return o.name == name })
}
