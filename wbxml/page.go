package wbxml

import (
	"strconv"
	"strings"
)

// A Page is one code page: a namespace of up to 59 elements.
type Page struct {
	Number uint8
	Name   string     // "AirSync"; also the prefix of names in [Tag.String]
	Tags   [64]string // names by token; "" where there is none
}

// LookupPage returns the code page of that number, nil if MS-ASWBXML has none. The page is shared: it is
// not to be changed.
func LookupPage(number uint8) *Page {
	if int(number) >= len(pages) {
		return nil
	}
	return &pages[number]
}

// LookupTag returns the tag of that full name, "AirSync:Sync". It also reads the numeric forms that
// [Tag.String] writes for unknown tags, "AirSync:0x3E" and "0x1F:0x05", and reports false for all else.
func LookupTag(name string) (Tag, bool) {
	if t, ok := tagsByName[name]; ok {
		return t, true
	}
	pageName, tokenName, ok := strings.Cut(name, ":")
	if !ok {
		return 0, false
	}
	page, ok := pageNumbers[pageName]
	if !ok {
		if page, ok = parseByte(pageName); !ok || LookupPage(page) != nil {
			return 0, false
		}
	}
	token, ok := parseByte(tokenName)
	t := MakeTag(page, token)
	return t, ok && t.valid() && !t.Known()
}

// parseByte reads 0x and two digits, in the case Tag.String uses.
func parseByte(s string) (uint8, bool) {
	if len(s) != 4 || s[:2] != "0x" || strings.ToUpper(s[2:]) != s[2:] {
		return 0, false
	}
	n, err := strconv.ParseUint(s[2:], 16, 8)
	return uint8(n), err == nil
}

// tagsByName and pageNumbers are pages the other way round.
var tagsByName, pageNumbers = indexPages()

func indexPages() (map[string]Tag, map[string]uint8) {
	tags, numbers := make(map[string]Tag, 1024), make(map[string]uint8, len(pages))
	for i := range pages {
		p := &pages[i]
		numbers[p.Name] = p.Number
		for token, name := range p.Tags {
			if name != "" {
				tags[p.Name+":"+name] = MakeTag(p.Number, uint8(token))
			}
		}
	}
	return tags, numbers
}
