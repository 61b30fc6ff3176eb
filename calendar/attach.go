package calendar

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// An InlineFile is what an ATTACH holds in itself. RFC 5545, section 3.8.1.1; RFC 8607, FILENAME.
type InlineFile struct {
	Name string // what people call it; empty: it is not said
	Type string // media type; empty: it is not said
	CID  string // by which the text refers to it; empty: it does not

	value string // base64, as written
}

// paramCID is the parameter of ATTACH that keeps CID. It is never sent.
const paramCID = ownPrefix + "CONTENT-ID"

// fileNames are the parameters in which programs say what a file is called.
var fileNames = []string{"FILENAME", "X-FILENAME", "X-APPLE-FILENAME", "X-ORACLE-FILENAME", "X-LABEL"}

// FileOf reads an ATTACH that holds a file; false: it is a link.
func FileOf(attach *Property) (InlineFile, bool) {
	if !strings.EqualFold(attach.Param("VALUE"), "BINARY") && !strings.EqualFold(attach.Param("ENCODING"), "BASE64") {
		return InlineFile{}, false
	}
	f := InlineFile{Type: attach.Param("FMTTYPE"), CID: attach.Param(paramCID), value: attach.Value()}
	for _, name := range fileNames {
		if f.Name == "" {
			f.Name = strings.TrimSpace(attach.Param(name))
		}
	}
	return f, true
}

// NewFile makes the ATTACH of a file. cid may be empty, and so may name and kind, its media type.
func NewFile(name, kind, cid string, content []byte) *Property {
	p := NewProperty("ATTACH", base64.StdEncoding.EncodeToString(content), "ENCODING", "BASE64", "VALUE", "BINARY")
	for _, row := range []struct{ param, value string }{{"FMTTYPE", kind}, {"FILENAME", name}, {paramCID, cid}} {
		if row.value != "" {
			p = p.WithParam(row.param, row.value)
		}
	}
	return p
}

// ID names the file among those of an object, whatever becomes of the others: by its name and its bytes.
func (f InlineFile) ID() string {
	sum := sha256.Sum256([]byte(f.Name + "\x00" + strings.TrimRight(f.value, "=")))
	return hex.EncodeToString(sum[:10])
}

// Size is the length of the content in bytes, as far as it can be told without decoding it.
func (f InlineFile) Size() int64 {
	return int64(len(strings.TrimRight(f.value, "=")) * 3 / 4)
}

// Content decodes the file. The error wraps [ErrUnclear].
func (f InlineFile) Content() ([]byte, error) {
	clean := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\r\n=", r) {
			return -1
		}
		return r
	}, f.value)
	content, err := base64.RawStdEncoding.DecodeString(clean)
	if err != nil {
		return nil, unclear("an attached file that is no base64")
	}
	return content, nil
}

// Files yields what is attached to the components of the object, each file once.
func (o *Object) Files() []InlineFile {
	var list []InlineFile
	seen := map[string]bool{}
	for c := range o.Components() {
		for p := range c.All("ATTACH") {
			if f, ok := FileOf(p); ok && !seen[f.ID()] {
				seen[f.ID()] = true
				list = append(list, f)
			}
		}
	}
	return list
}

// cidScheme begins the URI of a part of the message that the object is in. RFC 2392.
const cidScheme = "cid:"

// TakeFiles puts in the place of each file that the object holds the URI of a part of the message that it is sent in, and
// returns the files: each once, with the Content-ID of its part as CID, which is host's. What cannot be decoded goes as it
// is. RFC 6047, section 2.4, and RFC 2392.
func (o *Object) TakeFiles(host string) []InlineFile {
	var list []InlineFile
	seen := map[string]bool{}
	for c := range o.Components() {
		for i, it := range c.items {
			if it.prop == nil || it.prop.Name() != "ATTACH" {
				continue
			}
			f, ok := FileOf(it.prop)
			if _, err := f.Content(); !ok || err != nil {
				continue
			}
			id := f.ID()
			f.CID = id + "@" + host
			c.items[i].prop = it.prop.WithParam("ENCODING").WithParam("VALUE").WithValue(cidScheme + f.CID)
			if !seen[id] {
				seen[id] = true
				list = append(list, f)
			}
		}
	}
	return list
}

// PutFiles is the way back: find returns the part with a Content-ID, false if there is none that may be taken in. name and
// kind count where the object says neither.
func (o *Object) PutFiles(find func(cid string) (content []byte, name, kind string, ok bool)) {
	for c := range o.Components() {
		for i, it := range c.items {
			if it.prop == nil || it.prop.Name() != "ATTACH" {
				continue
			}
			if cid, ok := cidOf(it.prop.Value()); ok {
				if p := embedded(it.prop, cid, find); p != nil {
					c.items[i].prop = p
				}
			}
		}
	}
}

func cidOf(uri string) (string, bool) {
	if len(uri) <= len(cidScheme) || !strings.EqualFold(uri[:len(cidScheme)], cidScheme) {
		return "", false
	}
	return uri[len(cidScheme):], true
}

// embedded is an ATTACH that holds what it named; nil: there is no such part.
func embedded(p *Property, cid string, find func(string) ([]byte, string, string, bool)) *Property {
	content, name, kind, ok := find(cid)
	if !ok {
		return nil
	}
	q := p.WithValue(base64.StdEncoding.EncodeToString(content)).WithParam("ENCODING", "BASE64").WithParam("VALUE", "BINARY")
	if f, _ := FileOf(q); f.Name == "" && name != "" {
		q = q.WithParam("FILENAME", name)
	}
	if q.Param("FMTTYPE") == "" && kind != "" {
		q = q.WithParam("FMTTYPE", kind)
	}
	return q
}
