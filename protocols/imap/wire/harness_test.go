package wire

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
)

// arguments reads the rest of any command, in the form that a golden file shows.
func arguments(r *Reader, c Command) (any, error) {
	switch c.Name {
	case "FETCH":
		return two(r.Fetch(c.UID))
	case "STORE":
		return two(r.Store())
	case "COPY", "MOVE":
		return two(r.Copy())
	case "SEARCH":
		s, err := r.Search()
		return fmt.Sprintf("%s %q %s", options(s.Return), s.Charset, encodeKey(s.Program)), err
	case "ESEARCH":
		m, err := r.MultiSearch()
		return fmt.Sprintf("%+v %s %q %s", m.In, options(m.Return), m.Charset, encodeKey(m.Program)), err
	case "SORT":
		s, err := r.Sort()
		return fmt.Sprintf("%s %+v %q %s", options(s.Return), s.Keys, s.Charset, encodeKey(s.Program)), err
	case "THREAD":
		s, err := r.Thread()
		return fmt.Sprintf("%s %q %s", s.Algorithm, s.Charset, encodeKey(s.Program)), err
	case "LIST":
		return two(r.List())
	case "LSUB":
		return two(r.Lsub())
	case "STATUS":
		return two(r.Status())
	case "SELECT", "EXAMINE":
		s, err := r.Select()
		if s.QResync != nil {
			return fmt.Sprintf("%q %v %+v", s.Mailbox, s.CondStore, *s.QResync), err
		}
		return s, err
	case "CREATE":
		return two(r.Create())
	case "DELETE":
		return two(r.Name())
	case "RENAME":
		from, to, err := r.Rename()
		return from + " > " + to, err
	case "ID":
		return two(r.ID())
	case "ENABLE":
		return two(r.Enable())
	case "LOGIN":
		user, password, err := r.Login()
		return fmt.Sprintf("%q %q", user, password), err
	case "AUTHENTICATE":
		return two(r.Authenticate())
	case "NOTIFY":
		return two(r.Notify())
	case "APPEND":
		return appended(r, r.Append(1<<20))
	case "REPLACE":
		return appended(r, r.Replace(1<<20))
	}
	return nil, r.End()
}

// options names the result options that are set.
func options(o Return) string {
	s := ""
	for name, set := range map[string]bool{
		"given": o.Given, "min": o.Min, "max": o.Max, "all": o.All, "count": o.Count, "save": o.Save,
		"update": o.Update, "context": o.Context, "relevancy": o.Relevancy, "partial": o.Partial != nil,
	} {
		if set {
			s += " " + name
		}
	}
	words := strings.Fields(s)
	slices.Sort(words)
	if o.Partial != nil {
		words = append(words, string(o.Partial.append(nil)))
	}
	return fmt.Sprint(words)
}

func two(v any, err error) (any, error) { return v, err }

func appended(r *Reader, a *Append) (any, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "%q %d", a.Mailbox, a.Replace)
	body := func(l *Literal) {
		text, _ := io.ReadAll(l)
		fmt.Fprintf(&b, " %q", text)
	}
	for m := a.Next(); m != nil; m = a.Next() {
		fmt.Fprintf(&b, " | %v %v utf8=%v", m.Flags, m.Date, m.UTF8)
		if m.Literal != nil {
			body(m.Literal)
		}
		for p := a.Part(); p != nil; p = a.Part() {
			if b.WriteString(" + " + p.URL); p.Literal != nil {
				body(p.Literal)
			}
		}
	}
	return b.String(), r.End()
}

// show writes a value on one line, following pointers.
func show(v any) string {
	f, ok := v.(Fetch)
	if !ok {
		return fmt.Sprintf("%+v", v)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s changed=%d vanished=%v", f.Set, f.ChangedSince, f.Vanished)
	if f.Partial != nil {
		fmt.Fprintf(&b, " partial=%s", f.Partial.append(nil))
	}
	for _, i := range f.Items {
		fmt.Fprintf(&b, " | %d peek=%v lazy=%v %s[%s]", i.Kind, i.Peek, i.Lazy, i.Legacy, i.Section.Append(nil, false))
		if i.Span != nil {
			fmt.Fprintf(&b, "<%d.%d>", i.Span.Offset, i.Span.Count)
		}
	}
	return b.String()
}

// converse reads all commands of a stream and tells of each in a line.
func converse(t testing.TB, r *Reader) []string {
	t.Helper()
	var out []string
	for {
		c, err := r.Start()
		if err == io.EOF {
			return out
		}
		var v any
		if err == nil {
			v, err = arguments(r, c)
		}
		line := fmt.Sprintf("%s %s uid=%v: %s", c.Tag, c.Name, c.UID, show(v))
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Text == "" {
				t.Fatalf("%T %v is no *Error", err, err)
			}
			line = fmt.Sprintf("%s %s: %v [%s] lost=%v", c.Tag, c.Name, e, e.Code(), e.Lost)
			if out = append(out, line); e.Lost {
				return out
			}
			continue
		}
		out = append(out, line)
	}
}

// encodeKey writes a search program as a client would, for round trips.
func encodeKey(k Key) string {
	text := func() string { return string(AppendString(nil, k.Text, true)) }
	inner := func() (s []string) {
		for _, k := range k.Keys {
			s = append(s, encodeKey(k))
		}
		return s
	}
	date := func(name string) string {
		return name + " " + k.Date.In(time.UTC).Format(dateLayout)
	}
	number := func(name string) string { return fmt.Sprint(name, " ", k.Number) }
	switch k.Op {
	case SearchAll:
		return "ALL"
	case SearchAnd:
		return "(" + strings.Join(inner(), " ") + ")"
	case SearchOr:
		return "OR " + strings.Join(inner(), " ")
	case SearchNot:
		return "NOT " + inner()[0]
	case SearchFuzzy:
		return "FUZZY " + inner()[0]
	case SearchSeq:
		return k.Set.String()
	case SearchUID:
		return "UID " + k.Set.String()
	case SearchFlag:
		if name, ok := strings.CutPrefix(k.Text, `\`); ok {
			return strings.ToUpper(name)
		}
		return "KEYWORD " + k.Text
	case SearchRecent:
		return "RECENT"
	case SearchHeader:
		return "HEADER " + string(AppendAstring(nil, k.Field, true)) + " " + text()
	case SearchBody:
		return "BODY " + text()
	case SearchText:
		return "TEXT " + text()
	case SearchLarger:
		return number("LARGER")
	case SearchSmaller:
		return number("SMALLER")
	case SearchOlder:
		return number("OLDER")
	case SearchYounger:
		return number("YOUNGER")
	case SearchModSeq:
		if k.Text != "" {
			return fmt.Sprintf("MODSEQ %s %s %d", quote(k.Field), k.Text, k.Number)
		}
		return number("MODSEQ")
	case SearchEmailID:
		return "EMAILID " + text()
	case SearchThreadID:
		return "THREADID " + text()
	case SearchSaveDate:
		return "SAVEDATESUPPORTED"
	}
	for name, op := range dateKeys {
		if op == k.Op {
			return date(name)
		}
	}
	return "?"
}

func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
