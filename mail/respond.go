package mail

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"mime/quotedprintable"
)

// Original is the stored message that a reply or a forward is about.
type Original struct {
	Summary *Summary
	Bytes   io.ReaderAt
}

// Bounds of the text that a response carries; what is longer is cut.
const (
	maxOwnText = 16 << 20
	maxQuote   = 4 << 20
)

// Reply writes to w the client's message r, whose summary is s, continued by the text of the original in
// the format of the client's text. The original's attachments are not repeated, but pictures that its HTML
// shows are. The rules are [Submit]'s; In-Reply-To and References come from the original when rules and
// message name none. A signed or encrypted message of the client stays as it is. MS-ASCMD, SmartReply.
func Reply(w io.Writer, r io.ReaderAt, s *Summary, orig Original, rules SubmitRules) (Submission, error) {
	return respond(w, r, s, orig, rules, false)
}

// Forward is [Reply] with all of the original's attachments. An original that is encrypted or opaquely
// signed is attached whole. MS-ASCMD, SmartForward.
func Forward(w io.Writer, r io.ReaderAt, s *Summary, orig Original, rules SubmitRules) (Submission, error) {
	return respond(w, r, s, orig, rules, true)
}

func respond(w io.Writer, r io.ReaderAt, s *Summary, orig Original, rules SubmitRules, forward bool) (Submission, error) {
	if rules.InReplyTo == "" {
		rules.InReplyTo = orig.Summary.Envelope.MessageID
		rules.References = orig.Summary.Envelope.References
	}
	message := io.NewSectionReader(r, 0, s.Size)
	if s.Flags.Signed() || s.Flags.Encrypted() {
		return Submit(w, message, rules)
	}
	head, err := readFields(bufio.NewReaderSize(message, headerBuffer))
	if err != nil {
		return Submission{}, err
	}
	sub, err := head.submit(rules)
	if err != nil {
		return sub, err
	}
	resp := &response{
		entityWriter: entityWriter{newCRLFWriter(w)}, own: Original{s, r}, orig: orig, forward: forward,
	}
	resp.plan()
	if err := resp.write(head); err != nil {
		return sub, err
	}
	return sub, resp.out.close()
}

// response is one reply or forward being written.
type response struct {
	entityWriter
	own     Original // the client's message
	orig    Original
	forward bool

	leaves  map[*Part]bool // the parts of own that the quote is added to
	holders map[*Part]bool // the multiparts of own that contain leaves
	inline  []*Part        // of orig, shown inside the quoted HTML
	attach  []*Part        // of orig
	whole   bool           // attach orig itself instead of parts
}

// plan decides what goes where.
func (r *response) plan() {
	r.leaves, r.holders = map[*Part]bool{}, map[*Part]bool{}
	r.findLeaves(r.own.Summary.Root)
	sealed := r.orig.Summary.Flags.Encrypted() || r.orig.Summary.Root.isPKCS7()
	if sealed {
		r.whole = r.forward
		return
	}
	html := false
	for leaf := range r.leaves {
		html = html || leaf.Is("text", "html")
	}
	for _, p := range r.orig.Summary.Attachments() {
		switch {
		case isSignature(p):
		case p.Inline && html:
			r.inline = append(r.inline, p)
		case r.forward:
			r.attach = append(r.attach, p)
		}
	}
}

// findLeaves marks the text parts that a reader takes for the message, and what holds them; it reports
// whether there are any below p.
func (r *response) findLeaves(p *Part) bool {
	switch {
	case p == nil || p.Disposition == "attachment":
		return false
	case p.Is("text", "plain") || p.Is("text", "html"):
		r.leaves[p] = true
		return true
	case p.Type != "multipart" || p.Param("boundary") == "":
		return false
	}
	found := false
	for _, c := range p.Children {
		if r.findLeaves(c) {
			found = true
			if p.Subtype != "alternative" {
				break
			}
		}
	}
	if found {
		r.holders[p] = true
	}
	return found
}

func isSignature(p *Part) bool {
	switch p.Subtype {
	case "pkcs7-signature", "x-pkcs7-signature", "pgp-signature":
		return p.Type == "application"
	}
	return false
}

// write writes the message: the fields of head, and around the client's body as many multiparts as the
// additions need.
func (r *response) write(head *fields) error {
	entity := head.content()
	head.writeTo(r.out)
	closeMixed := r.open("mixed", len(r.attach) > 0 || r.whole || len(r.leaves) == 0)
	if len(r.leaves) == 0 { // nothing to continue: the quote becomes a text of its own
		if err := r.writeText(nil, "plain", nil, r.quote(Plain)); err != nil {
			return err
		}
		r.out.line("\r\n--" + closeMixed)
	}
	closeRelated := r.open("related", len(r.inline) > 0)
	if err := r.writePart(r.own.Summary.Root, entity); err != nil {
		return err
	}
	if err := r.writeOriginals(closeRelated, r.inline); err != nil {
		return err
	}
	return r.writeOriginals(closeMixed, r.attach)
}

// writeOriginals ends the multipart with parts of the original; nothing happens without a boundary.
func (r *response) writeOriginals(boundary string, parts []*Part) error {
	if boundary == "" {
		return nil
	}
	for _, p := range parts {
		r.out.line("\r\n--" + boundary)
		if err := r.copyPart(r.orig, p); err != nil {
			return err
		}
	}
	if r.whole {
		r.out.line("\r\n--" + boundary)
		r.out.line("Content-Type: message/rfc822\r\nContent-Disposition: attachment\r\n")
		if err := r.copyRoot(r.orig, func(name string) bool { return name != "bcc" }); err != nil {
			return err
		}
	}
	r.out.line("\r\n--" + boundary + "--")
	return nil
}

// writePart writes a part of the client's message: as it is, or continued where it is a leaf. entity
// replaces the header as stored, for the root.
func (r *response) writePart(p *Part, entity *fields) error {
	if entity == nil && (r.leaves[p] || r.holders[p]) {
		head, err := readFields(bufio.NewReaderSize(
			io.NewSectionReader(r.own.Bytes, p.Header.Offset, p.Header.Length), headerBuffer))
		if err != nil { // a part without a header has the defaults
			head = &fields{}
		}
		entity = head
	}
	switch {
	case r.leaves[p]:
		want := Plain
		if p.Is("text", "html") {
			want = HTML
		}
		own, err := ownText(r.own, p)
		if err != nil {
			return err
		}
		return r.writeText(entity, p.Subtype, own, r.quote(want))
	case r.holders[p]:
		entity.writeTo(r.out)
		for _, c := range p.Children {
			r.out.line("\r\n--" + p.Param("boundary"))
			if err := r.writePart(c, nil); err != nil {
				return err
			}
		}
		r.out.line("\r\n--" + p.Param("boundary") + "--")
		return nil
	case entity != nil:
		entity.writeTo(r.out)
		r.out.line("")
		return r.copySpan(r.own, p.Body)
	}
	return r.copySpan(r.own, Span{p.Header.Offset, p.Header.Length + p.Body.Length})
}

// writeText writes a text part in UTF-8: own, then what is quoted. entity keeps what else its header said.
func (r *response) writeText(entity *fields, subtype string, own, quote []byte) error {
	if entity == nil {
		entity = &fields{}
	}
	for _, name := range []string{"Content-Type", "Content-Transfer-Encoding", "Content-MD5", "Content-Length"} {
		entity.remove(name)
	}
	text := append(append([]byte{}, own...), quote...)
	if subtype == "html" {
		text = insertHTML(own, quote)
	}
	entity.set("Content-Type", "text/"+subtype+"; charset=utf-8")
	if r.endsPart(text) {
		return r.writeBase64(entity, bytes.NewReader(text))
	}
	entity.set("Content-Transfer-Encoding", "quoted-printable")
	entity.writeTo(r.out)
	r.out.line("")
	qp := quotedprintable.NewWriter(r.out)
	if _, err := qp.Write(text); err != nil {
		return err
	}
	return qp.Close()
}

// endsPart reports whether text holds a boundary of the client's message, which its sender may have guessed.
func (r *response) endsPart(text []byte) bool {
	for p := range r.holders {
		if bytes.Contains(text, []byte("--"+p.Param("boundary"))) {
			return true
		}
	}
	return false
}

// ownText returns the text of a part of the client's message in UTF-8.
func ownText(m Original, p *Part) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(m.Summary.TextReader(m.Bytes, p), maxOwnText))
	if err != nil {
		return nil, fmt.Errorf("read part %s: %w", p.ID, err)
	}
	return b, nil
}
