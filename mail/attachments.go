package mail

import (
	"path"
	"strconv"
	"strings"
)

// FileName is the part's file name without its folders, decoded, or empty: of Content-Disposition, else the name
// parameter of Content-Type.
func (p *Part) FileName() string {
	name := p.DispositionParam("filename")
	if name == "" {
		name = p.Param("name")
	}
	if name == "" {
		return ""
	}
	if i := strings.LastIndexAny(name, `/\`); i >= 0 && i+1 < len(name) {
		name = name[i+1:]
	}
	return strings.TrimSpace(name)
}

// DisplayName is a file name for people, never empty. A nameless embedded message is called after its subject and
// always ends in ".eml"; other nameless parts are called after their kind and section.
func (p *Part) DisplayName() string {
	name := p.FileName()
	if p.embedsMessage() {
		if name == "" && p.Message != nil {
			name = strings.Trim(cut(safeName(p.Message.Envelope.Subject), 100), " .")
		}
		if name == "" {
			name = "message"
		}
		if !strings.EqualFold(path.Ext(name), ".eml") {
			name += ".eml"
		}
		return name
	}
	if name != "" {
		return name
	}
	base := "attachment"
	switch p.Type {
	case "image", "audio", "video", "text":
		base = p.Type
	case "message": // a report
		return p.Subtype + ".txt"
	}
	if p.ID != "" {
		base += "-" + strings.NewReplacer(".", "-", "~", "-").Replace(p.ID)
	}
	return base + extensionOf(p.Type, p.Subtype)
}

// safeName replaces what file systems refuse in a name.
func safeName(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '_'
		}
		return r
	}, s)
}

// Attachments lists the parts that a reader sees as attachments, in the order of the message: everything that is not
// the shown text, its alternatives, a signature or the wrapping of a multipart; the pictures inside HTML are among them
// with Inline set. A winmail.dat whose members are known is replaced by them.
func (s *Summary) Attachments() []*Part {
	a := attachments{body: make(map[*Part]bool), hideTNEF: true}
	for _, d := range s.Defects {
		a.hideTNEF = a.hideTNEF && d.Kind != DefectTNEF
	}
	for _, want := range []BodyType{HTML, Plain} {
		for _, p := range s.bodyParts(want) {
			a.body[p] = true
		}
	}
	a.add(s.Root, nil)
	return a.list
}

type attachments struct {
	body     map[*Part]bool
	hideTNEF bool // a winmail.dat without members was read and holds nothing to show
	list     []*Part
}

func (a *attachments) add(p, parent *Part) {
	switch {
	case p == nil:
		return
	case p.Type == "multipart":
		for i, c := range p.Children {
			if !hiddenChild(p, c, i) {
				a.add(c, p)
			}
		}
	case p.isTNEF() && (len(p.Virtual) > 0 || a.hideTNEF):
		for _, v := range p.Virtual {
			if v.Disposition == "attachment" {
				a.add(v, p)
			}
		}
	default:
		if !a.body[p] && !isAlternative(p, parent) {
			a.list = append(a.list, p)
		}
		for _, v := range p.Virtual {
			if !a.body[v] {
				a.list = append(a.list, v)
			}
		}
	}
}

// hiddenChild tells the parts of a multipart that only programs read.
func hiddenChild(parent, child *Part, index int) bool {
	switch parent.Subtype {
	case "signed":
		return index > 0 && strings.HasSuffix(child.Subtype, "-signature")
	case "encrypted":
		return child.Is("application", "pgp-encrypted")
	case "appledouble":
		return child.Is("application", "applefile")
	}
	return false
}

// isAlternative tells whether a part is another form of the shown text: a child of a multipart/alternative without a
// claim to be an attachment, such as the calendar object of an invitation.
func isAlternative(p, parent *Part) bool {
	return parent != nil && parent.Subtype == "alternative" && p.Disposition != "attachment" && !p.isPKCS7() &&
		(p.Type == "text" || p.FileName() == "")
}

// CalendarParts lists the text/calendar parts, those of embedded messages left out; an invitation often has two, one
// as alternative and one as attachment.
func (s *Summary) CalendarParts() []*Part {
	var list []*Part
	s.Root.walk(func(p *Part) bool {
		if p.Is("text", "calendar") || p.Is("application", "ics") {
			list = append(list, p)
		}
		return p.Message == nil
	})
	return list
}

// assignIDs gives every part its section number.
func assignIDs(root *Part, prefix string) {
	if root == nil {
		return
	}
	if root.Type == "multipart" {
		root.ID = joinID(prefix, "TEXT")
		assignChildren(root, prefix)
		return
	}
	root.ID = joinID(prefix, "1")
	assignInner(root)
}

func assignChildren(p *Part, prefix string) {
	for i, c := range p.Children {
		c.ID = joinID(prefix, strconv.Itoa(i+1))
		if c.Type == "multipart" {
			assignChildren(c, c.ID)
		}
		assignInner(c)
	}
}

func assignInner(p *Part) {
	if p.Message != nil {
		assignIDs(p.Message.Root, p.ID)
	}
	for i, v := range p.Virtual {
		v.ID = p.ID + "~" + strconv.Itoa(i+1)
		assignInner(v)
	}
}

func joinID(prefix, last string) string {
	if prefix == "" {
		return last
	}
	return prefix + "." + last
}
