package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/gannetmail/gannet/"

// mayImport says for each package, or for the nearest one above it that is listed, which of our own
// packages it may import. Everyone may import store/address, store/fold and store/uidset. Imports point one way:
// protocols know the domain, the domain knows the store's nouns, the store knows nothing of us.
var mayImport = map[string][]string{
	"store":                  {},
	"store/address":          {"store"},
	"store/fold":             {},
	"store/uidset":           {},
	"store/sqlite":           {"store"},
	"store/storetest":        {"store", "store/sqlite"}, // a package for tests
	"wbxml":                  {},
	"auth":                   {"store"},
	"mail":                   {"store"},
	"mail/archive":           {"store"},
	"mail/find":              {"mail", "store"},
	"mail/kql":               {"mail", "mail/find", "store"},
	"mail/autoreply":         {"mail", "store"},
	"mail/queue":             {"mail", "store"},
	"fetch":                  {}, // like a library: no mail, no accounts
	"calendar":               {"store"},
	"calendar/birthdays":     {"calendar", "store"},
	"calendar/subscription":  {"calendar", "fetch", "store"},
	"calendar/scheduling":    {"calendar", "mail", "store"}, // where mail and calendars meet
	"contacts":               {"contacts/smime", "contacts/vcard", "store"},
	"contacts/vcard":         {},
	"contacts/smime":         {"fetch"},
	"protocols":              {"auth", "store"},
	"protocols/sasl":         {"protocols", "auth", "store"},
	"protocols/autodiscover": {"protocols", "auth", "store"},
	"protocols/pop3":         {"protocols", "protocols/sasl", "auth", "store"},
	"protocols/smtp":         {"protocols", "protocols/sasl", "mail", "mail/queue", "auth", "store"},
	"protocols/imap":         {"protocols/imap/wire", "protocols/imap/uidmap", "protocols/imap/query", "protocols", "protocols/sasl", "mail", "auth", "store"},
	"protocols/imap/wire":    {},
	"protocols/imap/source":  {"mail/archive", "store"},
	"protocols/imap/uidmap":  {"protocols/imap/wire"},
	"protocols/imap/query":   {"protocols/imap/wire", "protocols/imap/uidmap", "mail", "mail/find", "store"},
	"activesync":             {"activesync/wire", "activesync/doctor", "activesync/policy", "wbxml", "protocols", "mail", "mail/find", "mail/kql", "mail/autoreply", "calendar", "calendar/scheduling", "contacts", "contacts/smime", "contacts/vcard", "auth", "store"},
	"activesync/doctor":      {},
	"activesync/wire":        {"wbxml"},
	"activesync/policy":      {"wbxml", "store"},
	"activesync/asclient":    {"activesync/wire", "wbxml"},
	"activesync/model":       {"activesync", "wbxml", "mail", "calendar", "contacts", "auth", "store"}, // tests only
	"cmd":                    {"*"},
}

// testsMayImport is what every test may import besides: engines and clients to test with.
var testsMayImport = []string{"store/sqlite", "store/storetest", "activesync/asclient"}

// homes says where a library may be imported. What is not listed may be imported nowhere but in tests.
var homes = map[string][]string{
	"github.com/mattn/go-sqlite3":         {"store/sqlite"},
	"github.com/klauspost/compress":       {"store/sqlite", "protocols/imap"},
	"github.com/emersion/go-smtp":         {"protocols/smtp", "cmd/gannet/e2e", "cmd/gannet/load"}, // the client, for stories and load
	"github.com/emersion/go-sasl":         {"protocols/sasl", "protocols/smtp", "protocols/pop3", "protocols/imap", "cmd/gannet/e2e", "cmd/gannet/load"},
	"github.com/emersion/go-message":      {"mail"},
	"github.com/emersion/go-ical":         {"calendar"},
	"github.com/emersion/go-vcard":        {"contacts"},
	"github.com/emersion/go-imap":         {"protocols/imap"},
	"github.com/go-chi/chi":               {"cmd"},
	"github.com/alecthomas/kong":          {"cmd"},
	"github.com/pelletier/go-toml":        {"cmd"},
	"github.com/prometheus/client_golang": {"cmd"},
	"golang.org/x/term":                   {"cmd"},
	"golang.org/x/crypto":                 {"auth"},
	"golang.org/x/net":                    {"store/address", "mail", "protocols"},
	"golang.org/x/text":                   {"store", "mail", "calendar", "contacts", "auth", "protocols", "activesync"},
	"golang.org/x/time":                   {"auth", "protocols", "activesync"},
	"golang.org/x/sync":                   {"cmd", "auth", "store/sqlite", "mail/queue", "protocols", "activesync"},
}

// listed is what go list tells of a package.
type listed struct {
	ImportPath   string
	Standard     bool
	Imports      []string
	TestImports  []string
	XTestImports []string
}

func listPackages(t *testing.T, pattern string) []listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-e", "-tags", "sqlite_fts5", "-json=ImportPath,Imports,TestImports,XTestImports", pattern)
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []listed
	dec := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// TestImports holds the table of imports against the code.
func TestImports(t *testing.T) {
	packages := listPackages(t, "./...")
	if len(packages) < 5 {
		t.Fatalf("go list found %d packages only", len(packages))
	}
	for _, p := range packages {
		name := strings.TrimPrefix(p.ImportPath, module)
		for _, imported := range p.Imports {
			if why := forbidden(name, imported, false); why != "" {
				t.Errorf("%s imports %s: %s", name, imported, why)
			}
		}
		for _, imported := range slices.Concat(p.TestImports, p.XTestImports) {
			if why := forbidden(name, imported, true); why != "" {
				t.Errorf("a test of %s imports %s: %s", name, imported, why)
			}
		}
	}
}

// forbidden says why a package may not import another; empty: it may.
func forbidden(name, imported string, test bool) string {
	own, isOwn := strings.CutPrefix(imported, module)
	first, _, _ := strings.Cut(imported, "/")
	switch {
	case isOwn:
		return forbiddenOwn(name, own, test)
	case !strings.Contains(first, "."), imported == "C", test:
		return ""
	}
	for library, places := range homes {
		if within(imported, library) {
			if slices.ContainsFunc(places, func(place string) bool { return within(name, place) }) {
				return ""
			}
			return "its home is " + strings.Join(places, ", ")
		}
	}
	return "a library without a home"
}

func forbiddenOwn(name, own string, test bool) string {
	allowed, ok := allowance(name)
	switch {
	case !ok:
		return "the package is not in the table"
	case own == name, own == "store/address", own == "store/fold", own == "store/uidset", slices.Contains(allowed, own), slices.Contains(allowed, "*"):
		return ""
	case test && slices.Contains(testsMayImport, own):
		return ""
	}
	return "not in the table"
}

// allowance finds the row of a package: its own or that of the nearest above.
func allowance(name string) ([]string, bool) {
	for {
		if row, ok := mayImport[name]; ok {
			return row, true
		}
		i := strings.LastIndexByte(name, '/')
		if i < 0 {
			return nil, false
		}
		name = name[:i]
	}
}

// within reports whether path is prefix or below it.
func within(path, prefix string) bool {
	return path == prefix || strings.HasPrefix(path, prefix+"/")
}

// TestStandardLibraryOnly keeps the vocabulary free of libraries.
func TestStandardLibraryOnly(t *testing.T) {
	for _, pattern := range []string{"./store", "./wbxml"} {
		for _, p := range listPackages(t, pattern) {
			for _, imported := range p.Imports {
				if first, _, _ := strings.Cut(imported, "/"); strings.Contains(first, ".") {
					t.Errorf("%s imports %s, which is not in the standard library", p.ImportPath, imported)
				}
			}
		}
	}
}
