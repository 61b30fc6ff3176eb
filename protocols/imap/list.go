package imap

import (
	"slices"
	"strings"

	"github.com/gannetmail/gannet/protocols/imap/wire"
	"github.com/gannetmail/gannet/store"
)

// mailboxCommands are the commands on the tree of mailboxes.
var mailboxCommands = map[string]command{
	"LIST":        {run: list, in: inside},
	"LSUB":        {run: lsub, in: inside},
	"NAMESPACE":   {run: namespace, in: inside, of: "NAMESPACE"},
	"STATUS":      {run: status, in: inside},
	"CREATE":      {run: create, in: inside},
	"DELETE":      {run: deleteMailbox, in: inside},
	"RENAME":      {run: rename, in: inside},
	"SUBSCRIBE":   {run: subscribe, in: inside},
	"UNSUBSCRIBE": {run: unsubscribe, in: inside},
}

// uses are the attributes of mailboxes with a role, RFC 6154 section 2.
var uses = map[store.Role]string{
	store.Drafts: `\Drafts`, store.Sent: `\Sent`, store.Trash: `\Trash`, store.Junk: `\Junk`, store.Archive: `\Archive`,
}

// namespace is NAMESPACE, RFC 2342.
func namespace(s *session, _ wire.Command) reply {
	if err := s.r.End(); err != nil {
		return malformed(err)
	}
	s.w.Raw(`* NAMESPACE (("" "/")) (("` + othersStart + `" "/")) NIL` + "\r\n")
	return ok("namespaces")
}

// list is LIST, RFC 9051 section 6.3.9, with the options of RFC 5258, 5819, 6154 and 8440.
func list(s *session, _ wire.Command) reply {
	a, err := s.r.List()
	if err != nil {
		return malformed(err)
	}
	if r := s.listable(&a); !r.good() {
		return r
	}
	if !a.Extended() && a.Patterns[0] == "" {
		s.w.Raw(`* LIST (\Noselect) "/" ""` + "\r\n") // asks for the delimiter only
		return ok("listed")
	}
	t, err := s.tree()
	if err != nil {
		return s.failed("list", err)
	}
	l := &listing{s: s, List: a, t: t}
	l.Patterns = slices.DeleteFunc(l.Patterns, func(p string) bool { return p == "" })
	for i, p := range l.Patterns {
		l.Patterns[i] = canonical(a.Reference + p)
	}
	if wildLength(l.Patterns) > maxWild {
		return no("LIMIT", "too many patterns, or too long ones")
	}
	names := l.named()
	if l.Select.RecursiveMatch {
		l.lookBelow(names)
	}
	for _, m := range names {
		if err := l.show(m); err != nil {
			return s.failed("list", err)
		}
	}
	return ok("listed")
}

// listable refuses options that this session is not offered.
func (s *session) listable(a *wire.List) reply {
	for name, is := range map[string]bool{
		"LIST-EXTENDED": (a.Select.Given || a.Listed) && !s.enabled.rev2,
		"SPECIAL-USE":   a.Select.SpecialUse || a.Return.SpecialUse,
		"LIST-STATUS":   len(a.Return.Status) > 0 && !s.enabled.rev2, "LIST-MYRIGHTS": a.Return.MyRights,
	} {
		if is && !s.offers(name) {
			return bad(name + " is not offered")
		}
	}
	return s.statable(a.Return.Status)
}

// listing is a LIST under way.
type listing struct {
	s *session
	wire.List
	t     *tree
	below map[string]below // for RECURSIVEMATCH
}

// below is what the options choose below a name.
type below struct {
	any     bool
	unshown bool // something that the patterns do not show
}

// maxWild bounds the patterns with wildcards of one LIST, in bytes: each byte is held against every name.
const maxWild = 2000

func wildLength(patterns []string) (n int) {
	for _, p := range patterns {
		if strings.ContainsAny(p, "*%") {
			n += len(p)
		}
	}
	return n
}

// named is every name that the options select from: the tree, and with SUBSCRIBED the names that are no mailbox any more.
func (l *listing) named() []*mailbox {
	if !l.Select.Subscribed {
		return l.t.sorted
	}
	return l.t.withLost()
}

// withLost is the tree with the names that are subscribed and not there.
func (t *tree) withLost() []*mailbox {
	all := slices.Clone(t.sorted)
	for _, name := range t.lost {
		all = append(all, &mailbox{name: name, subscribed: true, lost: true})
	}
	slices.SortStableFunc(all, func(a, b *mailbox) int { return compareNames(a.name, b.name) })
	return all
}

// selects reports whether the selection options choose a mailbox.
func (l *listing) selects(m *mailbox) bool {
	if l.Select.Subscribed && !m.subscribed {
		return false
	}
	if l.Select.SpecialUse && uses[m.role()] == "" {
		return false
	}
	return true
}

// role is the special use that a session sees: that of its own mailboxes.
func (m *mailbox) role() store.Role {
	if isOthers(m.name) {
		return ""
	}
	return m.c.Role
}

// show writes the line of a name if it matches, and what RETURN asks for.
func (l *listing) show(m *mailbox) error {
	if !l.matches(m.name) || !m.shown() {
		return nil
	}
	var info string
	selected := l.selects(m)
	if b := l.below[m.name]; selected && b.any || b.unshown {
		info = l.childInfo()
	}
	if !selected && info == "" {
		return nil
	}
	w := l.s.w
	w.Raw("* LIST (" + strings.Join(l.attributes(m), " ") + `) "/" `)
	w.Mailbox(m.name)
	if info != "" {
		w.Raw(` ("CHILDINFO" (` + info + "))")
	}
	w.CRLF()
	if m.isStep() || !selected {
		return nil
	}
	if len(l.Return.Status) > 0 && m.rights&store.MayRead != 0 {
		if err := l.s.putStatus(m, l.Return.Status); err != nil {
			return err
		}
	}
	if l.Return.MyRights {
		l.s.putMyRights(m)
	}
	return nil
}

func (l *listing) matches(name string) bool {
	return slices.ContainsFunc(l.Patterns, func(p string) bool { return matchName(p, name) })
}

// lookBelow notes below which names the options choose something, RFC 9051 section 6.3.9.6: a name that is not chosen
// itself is shown only for what the patterns do not show.
func (l *listing) lookBelow(names []*mailbox) {
	l.below = make(map[string]below)
	for _, m := range names {
		if m.hidden() || !l.selects(m) {
			continue
		}
		unshown := !l.matches(m.name)
		for name := m.name; ; {
			at := strings.LastIndex(name, delimiter)
			if at < 0 {
				break
			}
			name = name[:at]
			b := l.below[name]
			if b.unshown || b.any && !unshown {
				break // and so are those above
			}
			l.below[name] = below{any: true, unshown: unshown}
		}
	}
}

// childInfo names the options that chose it.
func (l *listing) childInfo() string {
	var info []string
	if l.Select.Subscribed {
		info = append(info, `"SUBSCRIBED"`)
	}
	if l.Select.SpecialUse {
		info = append(info, `"SPECIAL-USE"`)
	}
	return strings.Join(info, " ")
}

// attributes are those of a LIST line, RFC 9051 section 7.3.1.
func (l *listing) attributes(m *mailbox) (list []string) {
	extended := l.Extended() || l.s.enabled.rev2
	switch {
	case !m.isStep():
	case extended:
		list = append(list, `\NonExistent`)
	default:
		list = append(list, `\Noselect`)
	}
	switch {
	case m.lost:
	case m.children:
		list = append(list, `\HasChildren`)
	default:
		list = append(list, `\HasNoChildren`)
	}
	if m.subscribed && (l.Return.Subscribed || l.Select.Subscribed) {
		list = append(list, `\Subscribed`)
	}
	if use := uses[m.role()]; use != "" {
		list = append(list, use)
	}
	return list
}

// lsub is LSUB, RFC 3501 section 6.3.9.
func lsub(s *session, _ wire.Command) reply {
	a, err := s.r.Lsub()
	if err != nil {
		return malformed(err)
	}
	t, err := s.tree()
	if err != nil {
		return s.failed("list", err)
	}
	pattern := canonical(a.Reference + a.Patterns[0])
	if wildLength([]string{pattern}) > maxWild {
		return no("LIMIT", "the pattern is too long")
	}
	told := map[string]bool{}
	for _, m := range t.withLost() {
		if !m.subscribed || !m.shown() {
			continue
		}
		name, attributes := m.name, ""
		if m.isStep() {
			attributes = `\Noselect`
		}
		if !matchName(pattern, name) {
			// "%" shows foo for foo/bar
			if name = matchingParent(pattern, name); name == "" {
				continue
			}
			attributes = `\Noselect`
		}
		if told[name] {
			continue
		}
		told[name] = true
		s.w.Raw("* LSUB (" + attributes + `) "/" `)
		s.w.Mailbox(name)
		s.w.CRLF()
	}
	return ok("listed")
}

// matchingParent is the nearest parent of a name that a pattern ending in % matches and that is not subscribed itself:
// empty when there is none.
func matchingParent(pattern, name string) string {
	if !strings.HasSuffix(pattern, "%") {
		return ""
	}
	for {
		at := strings.LastIndex(name, delimiter)
		if at < 0 {
			return ""
		}
		if name = name[:at]; matchName(pattern, name) {
			return name
		}
	}
}

// matchName reports whether a pattern matches a name: * stands for anything, % for anything without a delimiter. INBOX is
// matched in any case. It takes time in proportion to the product of the lengths at most.
func matchName(pattern, name string) bool {
	if !strings.ContainsAny(pattern, "*%") {
		return pattern == name
	}
	folded := 0 // so many bytes of the name match in any case
	if rank(name) == 0 {
		folded = len(inbox)
	}
	at := make([]bool, len(name)+1) // at[i]: the pattern so far matches name[:i]
	at[0] = true
	for p := 0; p < len(pattern); p++ {
		c := pattern[p]
		if c == '*' || c == '%' {
			for i := 1; i <= len(name); i++ {
				at[i] = at[i] || at[i-1] && (c == '*' || name[i-1] != delimiter[0])
			}
			continue
		}
		for i := len(name); i > 0; i-- {
			at[i] = at[i-1] && (name[i-1] == c || i <= folded && name[i-1] == upper(c))
		}
		at[0] = false
	}
	return at[len(name)]
}

// upper is a letter of ASCII in upper case, and anything else as it is.
func upper(c byte) byte {
	if 'a' <= c && c <= 'z' {
		return c - ('a' - 'A')
	}
	return c
}
