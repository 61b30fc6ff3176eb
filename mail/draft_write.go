package mail

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"slices"
	"strings"
)

// A draftWriter writes one draft.
type draftWriter struct {
	entityWriter
	old   Original
	edit  DraftEdit
	files []int64 // where the headers of added files begin

	touched map[*Part]bool // multiparts of old that gain or lose parts
}

// write writes the draft with the given header: its body as it is, with parts added and removed, or made
// anew around a new text.
func (d *draftWriter) write(head *fields) error {
	if d.edit.Text != nil {
		return d.rebuild(head, d.edit.Text, d.kept())
	}
	for _, p := range d.edit.Remove {
		if p.Derived() || p == d.old.Summary.Root { // no part of its own that could be left out
			text, err := d.ownText()
			if err != nil {
				return err
			}
			return d.rebuild(head, text, d.kept())
		}
	}
	return d.restructure(head)
}

// kept are the files of the old draft that stay.
func (d *draftWriter) kept() []*Part {
	return slices.DeleteFunc(d.old.Summary.Attachments(), func(p *Part) bool {
		return isSignature(p) || slices.Contains(d.edit.Remove, p)
	})
}

// ownText is the text of the old draft, without the files that stand in it.
func (d *draftWriter) ownText() (*DraftText, error) {
	body, err := d.old.Summary.Text(d.old.Bytes, d.old.Summary.Native(), maxOwnText)
	if err != nil {
		return nil, fmt.Errorf("text of the draft: %w", err)
	}
	html := d.old.Summary.Native() == HTML
	return &DraftText{HTML: html, Content: bytes.NewReader(body.Data)}, nil
}

// entityFields are the fields that say of what kind an entity is. RFC 2045.
var entityFields = []string{
	"Content-Type", "Content-Transfer-Encoding", "Content-Disposition", "Content-ID", "Content-Description",
	"Content-Location", "Content-MD5", "Content-Length",
}

// rebuild writes a text with the files in it and beside it.
func (d *draftWriter) rebuild(head *fields, text *DraftText, kept []*Part) error {
	for _, name := range entityFields {
		head.remove(name)
	}
	head.set("MIME-Version", "1.0")
	head.writeTo(d.out)
	var shown, shownFiles, beside, besideFiles = []*Part{}, []int{}, []*Part{}, []int{}
	for _, p := range kept {
		if text.HTML && p.Inline {
			shown = append(shown, p)
		} else {
			beside = append(beside, p)
		}
	}
	for i, f := range d.edit.Add {
		if text.HTML && f.Inline && f.ContentID != "" {
			shownFiles = append(shownFiles, i)
		} else {
			besideFiles = append(besideFiles, i)
		}
	}
	d.files = make([]int64, len(d.edit.Add))
	mixed := d.open("mixed", len(beside)+len(besideFiles) > 0)
	related := d.open("related", len(shown)+len(shownFiles) > 0)
	if err := d.writeText(text); err != nil {
		return err
	}
	if err := d.endWith(related, shown, shownFiles); err != nil {
		return err
	}
	return d.endWith(mixed, beside, besideFiles)
}

// writeText writes a text part. Quoted-printable holds no boundary of ours, see newBoundary.
func (d *draftWriter) writeText(text *DraftText) error {
	kind := "plain"
	if text.HTML {
		kind = "html"
	}
	d.out.line("Content-Type: text/" + kind + "; charset=utf-8")
	d.out.line("Content-Transfer-Encoding: quoted-printable\r\n")
	qp := quotedprintable.NewWriter(d.out)
	if _, err := io.Copy(qp, text.Content); err != nil {
		return fmt.Errorf("write text: %w", err)
	}
	return qp.Close()
}

// endWith ends a multipart with parts of the old draft and with added files; nothing happens without a
// boundary.
func (d *draftWriter) endWith(boundary string, parts []*Part, added []int) error {
	if boundary == "" {
		return nil
	}
	for _, p := range parts {
		d.out.line("\r\n--" + boundary)
		if err := d.copyPart(d.old, p); err != nil {
			return err
		}
	}
	for _, i := range added {
		d.out.line("\r\n--" + boundary)
		d.files[i] = d.out.n
		if err := d.writeFile(d.edit.Add[i]); err != nil {
			return fmt.Errorf("write file %q: %w", d.edit.Add[i].Name, err)
		}
	}
	d.out.line("\r\n--" + boundary + "--")
	return nil
}

// restructure writes the body as it is, but for the parts that come and go.
func (d *draftWriter) restructure(head *fields) error {
	root := d.old.Summary.Root
	d.touched = map[*Part]bool{}
	d.touch(root)
	added := make([]int, len(d.edit.Add))
	for i := range added {
		added[i] = i
	}
	d.files = make([]int64, len(added))
	switch {
	case len(added) == 0 && len(d.touched) == 0:
		head.writeTo(d.out)
		d.out.line("")
		return d.copySpan(d.old, d.rest())
	case len(added) == 0, root.Is("multipart", "mixed") && len(root.Children) > 0:
		entity := head.content()
		head.writeTo(d.out)
		d.touched[root] = d.touched[root] || len(added) > 0
		return d.part(root, entity, added)
	}
	entity := head.content()
	head.set("MIME-Version", "1.0")
	head.writeTo(d.out)
	mixed := d.open("mixed", true)
	if err := d.part(root, entity, nil); err != nil {
		return err
	}
	return d.endWith(mixed, nil, added)
}

// rest is all of the old draft behind its header.
func (d *draftWriter) rest() Span {
	end := d.old.Summary.Root.Header.End()
	return Span{end, d.old.Summary.Size - end}
}

// touch marks the multiparts that lose something and reports whether p or anything in it goes.
func (d *draftWriter) touch(p *Part) bool {
	if slices.Contains(d.edit.Remove, p) {
		return true
	}
	for _, c := range p.Children {
		if d.touch(c) {
			d.touched[p] = true
		}
	}
	return d.touched[p]
}

// part writes a part of the old draft; a touched multipart with a new boundary, without what goes and with the
// files added to it. entity replaces the header as stored, for the root.
func (d *draftWriter) part(p *Part, entity *fields, added []int) error {
	switch {
	case !d.touched[p] && entity != nil:
		entity.writeTo(d.out)
		d.out.line("")
		return d.copySpan(d.old, d.rest())
	case !d.touched[p]:
		return d.copySpan(d.old, Span{p.Header.Offset, p.Header.Length + p.Body.Length})
	}
	if entity == nil {
		head, err := readFields(bufio.NewReaderSize(
			io.NewSectionReader(d.old.Bytes, p.Header.Offset, p.Header.Length), headerBuffer))
		if err != nil { // a part without a header has the defaults
			head = &fields{}
		}
		entity = head
	}
	boundary := newBoundary()
	entity.set("Content-Type", multipartType(p, boundary))
	entity.writeTo(d.out)
	left := 0
	for _, c := range p.Children {
		if slices.Contains(d.edit.Remove, c) {
			continue
		}
		left++
		d.out.line("\r\n--" + boundary)
		if err := d.part(c, nil, nil); err != nil {
			return err
		}
	}
	if left == 0 && len(added) == 0 { // a multipart has at least one part. RFC 2046, section 5.1.1
		d.out.line("\r\n--" + boundary)
		d.out.line("Content-Type: text/plain; charset=utf-8\r\n")
	}
	return d.endWith(boundary, nil, added)
}

// multipartType is the Content-Type of a multipart with another boundary.
func multipartType(p *Part, boundary string) string {
	value := p.MediaType() + ";\r\n boundary=" + quote(boundary)
	for _, param := range p.Params {
		if param.Name != "boundary" {
			value += ";\r\n " + encodeParam(param.Name, param.Value)
		}
	}
	return value
}

// writeFile writes a file as a part.
func (d *draftWriter) writeFile(f DraftFile) error {
	media, asIs, eightBit := f.mediaType()
	head := &fields{}
	head.set("Content-Type", media)
	disposition := "attachment"
	if f.Inline {
		disposition = "inline"
	}
	if f.Name != "" {
		disposition += ";\r\n " + encodeParam("filename", f.Name)
	}
	head.set("Content-Disposition", disposition)
	if id := strings.Trim(f.ContentID, "<> "); sendable(id) {
		head.set("Content-ID", "<"+id+">")
	}
	if sendable(f.Location) {
		head.set("Content-Location", f.Location)
	}
	if !asIs {
		return d.writeBase64(head, f.Content)
	}
	if eightBit {
		head.set("Content-Transfer-Encoding", "8bit")
	}
	head.writeTo(d.out)
	d.out.line("")
	_, err := io.Copy(d.out, f.Content)
	return err
}

// mediaType is the type for the header of a file. An attached message, which must not be base64, goes as it
// is; one that cannot is just a file. RFC 2046, section 5.2.1.
func (f DraftFile) mediaType() (media string, asIs, eightBit bool) {
	media, params, err := mime.ParseMediaType(f.Type)
	if err == nil && media == "message/rfc822" {
		if lines, high := scanLines(f.Content); lines {
			return media, true, high
		}
	}
	if err != nil || !strings.Contains(media, "/") || strings.HasPrefix(media, "message/") || strings.HasPrefix(media, "multipart/") {
		typ, subtype := typeOfName(f.Name)
		return typ + "/" + subtype, false, false
	}
	charset := params["charset"]
	if charset != "" && strings.HasPrefix(media, "text/") {
		media += "; " + encodeParam("charset", charset)
	}
	return media, false, false
}

// scanLines reports whether r holds lines that mail can carry, and whether there are bytes above 127 in them, and
// goes back to its beginning. RFC 5322, section 2.1.1.
func scanLines(r *io.SectionReader) (lines, eightBit bool) {
	defer r.Seek(0, io.SeekStart)
	const most = 998
	in, length := bufio.NewReaderSize(r, 32<<10), 0
	for {
		b, err := in.ReadByte()
		switch {
		case err == io.EOF:
			return true, eightBit
		case err != nil, b == 0, length > most:
			return false, false
		case b == '\n':
			length = 0
		default:
			length++
			eightBit = eightBit || b >= 0x80
		}
	}
}
