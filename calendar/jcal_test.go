package calendar

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestCorpusAsJCal compares calendars of the corpus with what other people say that they mean, in jCal (RFC 7265): the
// tree, and of each property its parameters and its values.
func TestCorpusAsJCal(t *testing.T) {
	root := corpus(t, "ical")
	pairs := map[string]string{}
	files, err := filepath.Glob(filepath.Join(root, "icaljs", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		if plain := strings.TrimSuffix(path, ".json") + ".ics"; exists(plain) {
			pairs[plain] = path
		}
	}
	for _, n := range []string{"1", "2"} {
		stem := filepath.Join(root, "python-icalendar", "calendars", "rfc_7265_appendix_example_")
		pairs[stem+n+"_ical.ics"] = stem + n + "_jcal.jcal"
	}
	lines := 0
	for plain, expected := range pairs {
		in, err := os.Open(plain)
		if err != nil {
			t.Fatal(err)
		}
		defer in.Close()
		f, err := Decode(in, Limits{})
		if err != nil {
			t.Errorf("%s: %v", plain, err)
			continue
		}
		raw, err := os.ReadFile(expected)
		if err != nil {
			t.Fatal(err)
		}
		var want any
		if err := json.Unmarshal(raw, &want); err != nil {
			t.Fatalf("%s: %v", expected, err)
		}
		roots, _ := want.([]any)
		if name, single := roots[0].(string); single && name != "" {
			roots = []any{want}
		}
		if len(f.Calendars) != len(roots) {
			t.Errorf("%s: %d calendars, want %d", plain, len(f.Calendars), len(roots))
			continue
		}
		for i, c := range f.Calendars {
			asJCal(c, roots[i].([]any), func(got, want string) {
				if lines++; got != want {
					t.Errorf("%s:\n got %s\nwant %s", filepath.Base(plain), got, want)
				}
			})
		}
	}
	t.Logf("%d properties in %d calendars agree", lines, len(pairs))
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// asJCal walks through a component and its jCal, and yields both sides of each property.
func asJCal(c *Component, want []any, compare func(got, want string)) {
	compare(c.Name(), strings.ToUpper(want[0].(string)))
	props := slices.Collect(c.Properties())
	for i, w := range want[1].([]any) {
		said := w.([]any)
		if i >= len(props) {
			compare("nothing", fmt.Sprint(said))
			continue
		}
		kind, values := said[2].(string), said[3:]
		p := props[i]
		params := said[1].(map[string]any)
		name := strings.ToUpper(said[0].(string))
		if group, ok := params["group"].(string); ok {
			name = strings.ToUpper(group) + "." + name
			delete(params, "group")
		}
		compare(p.Name()+ourParams(p)+" "+ourValue(p, kind, values), name+theirParams(params)+" "+theirValue(kind, values))
	}
	compare(fmt.Sprint(len(props)), fmt.Sprint(len(want[1].([]any))))
	var children []*Component
	for _, it := range c.items {
		if it.child != nil {
			children = append(children, it.child)
		}
	}
	rest := want[2].([]any)
	compare(fmt.Sprint(len(children)), fmt.Sprint(len(rest)))
	for i, child := range children[:min(len(children), len(rest))] {
		asJCal(child, rest[i].([]any), compare)
	}
}

// ourParams writes parameters sorted, without VALUE, which jCal says otherwise.
func ourParams(p *Property) string {
	var list []string
	for _, name := range p.Params() {
		if name != "VALUE" {
			list = append(list, ";"+name+"="+strings.Join(p.ParamValues(name), ","))
		}
	}
	slices.Sort(list)
	return strings.Join(list, "")
}

func theirParams(params map[string]any) string {
	var list []string
	for name, value := range params {
		list = append(list, ";"+strings.ToUpper(name)+"="+strings.Join(flat(value), ","))
	}
	slices.Sort(list)
	return strings.Join(list, "")
}

// flat lists what a JSON value holds as texts.
func flat(value any) []string {
	switch v := value.(type) {
	case []any:
		var list []string
		for _, one := range v {
			list = append(list, flat(one)...)
		}
		return list
	case map[string]any:
		var list []string
		for name, one := range v {
			list = append(list, strings.ToUpper(name)+"="+strings.Join(flat(one), ","))
		}
		slices.Sort(list)
		return []string{strings.Join(list, ";")}
	}
	return []string{fmt.Sprint(value)}
}

// theirValue writes values of a jCal type as iCalendar does, without escapes.
func theirValue(kind string, values []any) string {
	list := flat(values)
	for i := range list {
		switch kind {
		case "date", "date-time", "time", "utc-offset", "period":
			list[i] = strings.NewReplacer("-", "", ":", "").Replace(list[i])
			if kind == "utc-offset" && !strings.HasPrefix(fmt.Sprint(values[i]), "-") {
				list[i] = strings.TrimPrefix(list[i], "+")
			}
		case "recur":
			list[i] = sortedRule(list[i])
		}
	}
	if kind == "period" {
		return strings.Join(list, "/")
	}
	return strings.Join(list, "|")
}

// ourValue writes the value of a property in the same way: one that jCal calls text is split and unescaped.
func ourValue(p *Property, kind string, values []any) string {
	v := p.Value()
	switch kind {
	case "text":
		var list []string
		for _, one := range splitEscaped(v, len(flat(values))) {
			list = append(list, unescape(one))
		}
		return strings.Join(list, "|")
	case "date", "date-time", "time", "period":
		if kind == "period" {
			return strings.NewReplacer("-", "", ":", "", ",", "/").Replace(v)
		}
		return strings.NewReplacer("-", "", ":", "", ",", "|").Replace(v)
	case "utc-offset":
		if strings.HasPrefix(v, "-") {
			return v[1:]
		}
		return strings.TrimPrefix(v, "+")
	case "recur":
		return sortedRule(v)
	case "float", "integer":
		list := strings.FieldsFunc(v, func(r rune) bool { return r == ';' || r == ',' })
		for i := range list {
			n, _ := strconv.ParseFloat(list[i], 64) // jCal has 0 for what is no number
			list[i] = fmt.Sprint(n)
		}
		return strings.Join(list, "|")
	case "boolean":
		return fmt.Sprint(strings.EqualFold(v, "true")) // and false for what is neither
	}
	return v
}

// splitEscaped cuts a value at commas and semicolons that are not escaped, if that gives n pieces.
func splitEscaped(v string, n int) []string {
	var list []string
	start := 0
	for i := 0; i < len(v); i++ {
		switch v[i] {
		case '\\':
			i++
		case ',', ';':
			list = append(list, v[start:i])
			start = i + 1
		}
	}
	if list = append(list, v[start:]); len(list) == n {
		return list
	}
	return []string{v}
}

func sortedRule(s string) string {
	list := strings.Split(strings.ToUpper(s), ";")
	for i, part := range list {
		if strings.HasPrefix(part, "UNTIL=") {
			list[i] = strings.NewReplacer("-", "", ":", "").Replace(part)
		}
	}
	slices.Sort(list)
	return strings.Join(list, ";")
}
