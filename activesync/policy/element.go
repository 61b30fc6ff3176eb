package policy

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/gannetmail/gannet/wbxml"
)

// kind is how the values of an element are read, and which of two is the stricter.
type kind uint8

const (
	permit    kind = iota // 0 or 1, 0 is stricter
	require               // 0 or 1, 1 is stricter
	ceiling               // a number, the smaller is stricter; the default is no limit
	floor                 // a number, the larger is stricter
	algorithm             // a number, 0 is the strongest; the default is none in particular
	names                 // of programs: what is on it is forbidden
	hashes                // of programs: what is not on it is forbidden
)

// Since what version there is an element, as in the request line of MS-ASHTTP.
const (
	v120 = 120
	v121 = 121
)

// An Element is one thing that a policy can say. MS-ASPROV, EASProvisionDoc; the last three are of this server.
type Element struct {
	Name    string
	Since   int    // ten times the version that brought it: 121; 0: of this server, no device is told
	Default string // what holds where nothing is set, and demands nothing
	Example string // a value that demands something
	Help    string // what it means

	kind     kind
	min, max int
	only     []int // the only numbers; nil: all from min to max
	empty    bool  // nothing is a value: no limit
	wap      bool  // there is a place for it in the policy of 2.5
	password bool  // means nothing unless DevicePasswordEnabled is 1
	tag      wbxml.Tag
}

const (
	unlimitedLock = 9999 // MaxInactivityTimeDeviceLock: from here on there is no lock
	maxBytes      = math.MaxInt32
	maxSeconds    = 1 << 20
)

// Elements lists all, in the order of MS-ASPROV, EASProvisionDoc.
func Elements() []Element { return slices.Clone(elements) }

// Lookup finds an element by its name in any case.
func Lookup(name string) (Element, bool) {
	i := slices.IndexFunc(elements, func(e Element) bool { return strings.EqualFold(e.Name, name) })
	if i < 0 {
		return Element{}, false
	}
	return elements[i], true
}

// List reports whether its value is a list.
func (e Element) List() bool { return e.kind == names || e.kind == hashes }

// Allowed says in words which values there are.
func (e Element) Allowed() string {
	var text string
	switch {
	case e.kind == names:
		return fmt.Sprintf("names of programs with commas between them, at most %d of at most %d bytes", maxList, maxListItem)
	case e.kind == hashes:
		return fmt.Sprintf("SHA-1 sums of programs in hexadecimal with commas between them, at most %d", maxList)
	case e.only != nil:
		text = wordList(e.only)
	case e.max == e.min+1:
		text = fmt.Sprintf("%d or %d", e.min, e.max)
	default:
		text = fmt.Sprintf("a whole number from %d to %d", e.min, e.max)
	}
	if e.empty {
		text += ", or nothing for no limit"
	}
	return text
}

func wordList(numbers []int) string {
	var b strings.Builder
	for i, n := range numbers {
		switch {
		case i == 0:
		case i == len(numbers)-1:
			b.WriteString(" or ")
		default:
			b.WriteString(", ")
		}
		b.WriteString(strconv.Itoa(n))
	}
	return b.String()
}

// Parse reads a value as an operator writes it and returns it as it is kept: a number without ornament, a list
// with a line for each entry. Its error names the element, the values that there are, and an example.
func (e Element) Parse(value string) (string, error) {
	kept, ok := e.parse(strings.TrimSpace(value))
	if !ok {
		return "", fmt.Errorf("%s: %.60q is not allowed: %s; for example %s=%s", e.Name, value, e.Allowed(), e.Name, e.Example)
	}
	return kept, nil
}

func (e Element) parse(value string) (string, bool) {
	if e.List() {
		return e.parseList(value)
	}
	if value == "" {
		return "", e.empty
	}
	n, err := strconv.Atoi(value)
	switch {
	case err != nil:
		return "", false
	case e.only != nil && !slices.Contains(e.only, n):
		return "", false
	case e.only == nil && (n < e.min || n > e.max):
		return "", false
	}
	return strconv.Itoa(n), true
}

// Bounds of the lists: a document is read by small devices.
const (
	maxList     = 500
	maxListItem = 255
)

func (e Element) parseList(value string) (string, bool) {
	var list []string
	for item := range strings.FieldsFuncSeq(value, func(r rune) bool { return r == ',' || r == '\n' }) {
		item = strings.TrimSpace(item)
		if item == "" || slices.Contains(list, item) {
			continue
		}
		if len(item) > maxListItem || strings.ContainsFunc(item, func(r rune) bool { return r < ' ' }) {
			return "", false
		}
		if e.kind == hashes && !isSHA1(item) {
			return "", false
		}
		list = append(list, item)
	}
	return strings.Join(list, "\n"), len(list) > 0 && len(list) <= maxList
}

func isSHA1(s string) bool {
	return len(s) == 40 && strings.Trim(s, "0123456789abcdefABCDEF") == ""
}

// looser, for the rank of a value that demands nothing.
const looser = math.MinInt

// rank orders the values of an element that is no list: the greater is the stricter.
func (e Element) rank(value string) int {
	n, err := strconv.Atoi(value)
	switch {
	case err != nil:
		return looser // nothing: no limit
	case e.kind == require, e.kind == floor:
		return n
	case e.kind == ceiling && (value == e.Default || e.tag == wbxml.ProvisionMaxInactivityTimeDeviceLock && n >= unlimitedLock):
		return looser
	}
	return -n
}

// stricter returns the stricter of two values of the element.
func (e Element) stricter(a, b string) string {
	switch {
	case e.kind == names:
		both, _ := e.parseList(a + "\n" + b)
		return both
	case e.kind == hashes:
		known := strings.Split(b, "\n")
		return strings.Join(slices.DeleteFunc(strings.Split(a, "\n"), func(s string) bool { return !slices.Contains(known, s) }), "\n")
	case e.rank(b) > e.rank(a):
		return b
	}
	return a
}
