package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// errNoConfig means that there is no gannet.toml, hence no data directory.
var errNoConfig = errors.New("no configuration")

func (c *Config) readFile(name string) error {
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return &noConfigError{name}
	} else if err != nil {
		return err
	}
	return c.read(name, text)
}

// noConfigError says what to do where there is no gannet.toml; it is errNoConfig.
type noConfigError struct{ name string }

func (e *noConfigError) Error() string {
	dir := filepath.Dir(e.name)
	return fmt.Sprintf("there is no %s: %s is not a data directory; name yours with --data or GANNET_DATA, or make one with: gannet init --data %s --hostname NAME --domain DOMAIN", e.name, dir, dir)
}

func (e *noConfigError) Unwrap() error { return errNoConfig }

// read overlays TOML text. Every unknown key and every value of the wrong form is reported, each with
// its line; the good values are taken all the same.
func (c *Config) read(name string, text []byte) error {
	var document map[string]any
	err := toml.Unmarshal(text, &document)
	if bad := (*toml.DecodeError)(nil); errors.As(err, &bad) {
		line, column := bad.Position()
		text := strings.TrimPrefix(bad.Error(), "toml: ")
		if strings.HasSuffix(text, "already exists") {
			text += ": each section stands once, put its keys there"
		}
		return fmt.Errorf("%s:%d:%d: %s", name, line, column, text)
	} else if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	r := fileReader{config: c, at: keyPositions(text)}
	for _, section := range slices.Sorted(maps.Keys(document)) {
		r.section(section, document[section])
	}
	slices.SortStableFunc(r.problems, func(a, b fileProblem) int { return a.at.Offset - b.at.Offset })
	var errs []error
	for _, p := range r.problems {
		errs = append(errs, fmt.Errorf("%s:%d:%d: %w", name, p.at.Line, p.at.Column, p.err))
	}
	return errors.Join(errs...)
}

// fileReader applies a decoded gannet.toml.
type fileReader struct {
	config   *Config
	at       map[string]unstable.Position
	problems []fileProblem
}

type fileProblem struct {
	at  unstable.Position
	err error
}

func (r *fileReader) bad(key, format string, args ...any) {
	at, ok := r.at[key]
	if !ok { // inside an inline table
		section, _, _ := strings.Cut(key, ".")
		at = r.at[section]
	}
	r.problems = append(r.problems, fileProblem{at, fmt.Errorf(format, args...)})
}

func (r *fileReader) section(section string, value any) {
	known := map[string]reflect.Value{}
	for _, f := range r.config.fields() {
		if head, _, _ := strings.Cut(f.key, "."); head == section {
			known[f.key] = f.v
		}
	}
	if len(known) == 0 && section != "routes" {
		r.bad(section, "unknown key %s%s", section, didYouMean(section))
		return
	}
	table, ok := value.(map[string]any)
	if !ok {
		r.bad(section, "%s is a section: write [%s]", section, section)
		return
	}
	for _, name := range slices.Sorted(maps.Keys(table)) {
		key := section + "." + name
		switch v, ok := known[key]; {
		case section == "routes":
			r.route(name, table[name])
		case !ok:
			r.bad(key, "unknown key %s%s", key, didYouMean(key))
		default:
			if err := decodeValue(v, table[name]); err != nil {
				r.bad(key, "%s: %w", key, err)
			}
		}
	}
}

func (r *fileReader) route(domain string, value any) {
	key := "routes." + domain
	text, ok := value.(string)
	if _, dotted := value.(map[string]any); dotted {
		r.bad(key, "%s: a domain with a dot in it must be in quotes", key)
	} else if !ok {
		r.bad(key, "%s: want a route in quotes", key)
	} else if err := r.config.set(key, text); err != nil {
		r.bad(key, "%s: %w", key, err)
	}
}

// keyPositions tells where each key of a document is, by its full name; a section is where it is first.
func keyPositions(text []byte) map[string]unstable.Position {
	all := map[string]unstable.Position{}
	var p unstable.Parser
	p.Reset(text)
	var table []string
	for p.NextExpression() {
		e := p.Expression()
		isTable := e.Kind == unstable.Table || e.Kind == unstable.ArrayTable
		path := slices.Clone(table)
		if isTable {
			path = nil
		}
		for it := e.Key(); it.Next(); {
			path = append(path, string(it.Node().Data))
			if name := strings.Join(path, "."); all[name].Line == 0 {
				all[name] = p.Shape(it.Node().Raw).Start
			}
		}
		if isTable {
			table = path
		}
	}
	return all
}

// decodeValue gives a field a value of a TOML document.
func decodeValue(v reflect.Value, value any) error {
	list, isList := value.([]any)
	_, isText := value.(string)
	switch _, isTable := value.(map[string]any); {
	case isTable:
		return errors.New("want one value, not a table")
	case isList != (v.Kind() == reflect.Slice):
		if isList {
			return errors.New("want one value, not a list")
		}
		return errors.New("want a list: values between [ and ]")
	case isList:
		return decodeList(v, list)
	case v.Kind() == reflect.String && !isText:
		return fmt.Errorf("want text in quotes, not %v", value)
	case isText && (v.Kind() == reflect.Int || v.Kind() == reflect.Bool):
		return fmt.Errorf("want a value without quotes, not %q", value)
	}
	return setValue(v, fmt.Sprint(value))
}

func decodeList(v reflect.Value, list []any) error {
	decoded := reflect.MakeSlice(v.Type(), len(list), len(list))
	for i, one := range list {
		if err := decodeValue(decoded.Index(i), one); err != nil {
			return err
		}
	}
	v.Set(decoded)
	return nil
}
