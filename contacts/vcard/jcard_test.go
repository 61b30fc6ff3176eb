package vcard

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestCorpusAsJCard compares cards of version 4.0 of the corpus with what other people say that they mean, in jCard (RFC 7095): of
// each property the parameters and the values.
func TestCorpusAsJCard(t *testing.T) {
	root := os.Getenv("GANNET_CORPUS")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "corpus")
	}
	if _, err := os.Stat(root); err != nil {
		t.Skip("no corpus beside the repository")
	}
	fields := 0
	for _, name := range []string{"vcard", "vcard_author", "vcard_grouped", "escape_semicolon"} {
		raw, err := os.ReadFile(filepath.Join(root, "vcard", "icaljs", name+".vcf"))
		if err != nil {
			t.Fatal(err)
		}
		f, err := Decode(bytes.NewReader(raw), Limits{})
		if err != nil || len(f.Cards) != 1 {
			t.Errorf("%s: %v", name, err)
			continue
		}
		said, err := os.ReadFile(filepath.Join(root, "ical", "icaljs", name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		var want []any
		if err := json.Unmarshal(said, &want); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, w := range want[1].([]any) {
			entry := jCardEntry(w.([]any))
			if strings.HasPrefix(entry, "VERSION ") {
				continue
			}
			found := false
			for field := range f.Cards[0].Fields() {
				found = found || entryOf(field, w.([]any)[2].(string)) == entry
			}
			if fields++; !found {
				t.Errorf("%s: no %s in\n%s", name, entry, f.Cards[0].Bytes())
			}
		}
	}
	t.Logf("%d fields", fields)
}

// jCardEntry writes a property of jCard as name, parameters and the pieces of its value.
func jCardEntry(p []any) string {
	name, params := strings.ToUpper(p[0].(string)), p[1].(map[string]any)
	if group, ok := params["group"].(string); ok {
		name = strings.ToUpper(group) + "." + name
		delete(params, "group")
	}
	var list []string
	for key, value := range params {
		values := pieces(value)
		slices.Sort(values)
		list = append(list, strings.ToLower(key+"="+strings.Join(values, ",")))
	}
	slices.Sort(list)
	values := pieces(p[3:])
	if kind := p[2].(string); strings.Contains(kind, "date") || strings.Contains(kind, "time") || kind == "utc-offset" {
		for i := range values {
			values[i] = compact(values[i])
		}
	}
	return name + " " + strings.Join(list, ";") + " " + strings.Join(values, "|")
}

// compact takes the signs out of a date or a time that its basic form does not have.
func compact(s string) string {
	head := ""
	for strings.HasPrefix(s, "-") {
		head, s = head+"-", s[1:]
	}
	return head + strings.NewReplacer("-", "", ":", "").Replace(s)
}

func pieces(value any) []string {
	list, several := value.([]any)
	if !several {
		return []string{fmt.Sprint(value)}
	}
	var all []string
	for _, one := range list {
		all = append(all, pieces(one)...)
	}
	return all
}

// entryOf writes a field in the same way.
func entryOf(f *Field, kind string) string {
	name := f.Name()
	if f.Group() != "" {
		name = strings.ToUpper(f.Group()) + "." + name
	}
	var list []string
	for key, values := range f.field.Params {
		if key == "VALUE" {
			continue
		}
		values = strings.Split(strings.Join(values, ","), ",") // a quoted list is one value with commas in it
		slices.Sort(values)
		list = append(list, strings.ToLower(key+"="+strings.Join(values, ",")))
	}
	slices.Sort(list)
	var values []string
	if kind == "text" {
		for _, one := range cut(f.Value(), ';') {
			values = append(values, split(one, ',')...)
		}
	} else {
		values = []string{Unescape(f.Value())}
	}
	if strings.Contains(kind, "date") || strings.Contains(kind, "time") || kind == "utc-offset" {
		values[0] = compact(values[0])
	}
	return name + " " + strings.Join(list, ";") + " " + strings.Join(values, "|")
}
