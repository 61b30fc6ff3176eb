package wire

// ListSelect is the selection options of LIST, RFC 5258 section 3.1 and RFC 6154.
type ListSelect struct {
	Given          bool // the list stood there, perhaps empty: an extended LIST
	Subscribed     bool
	Remote         bool
	RecursiveMatch bool
	SpecialUse     bool
}

// ListReturn is the return options of LIST, RFC 5258 section 3.2, RFC 5819, 6154 and 8440.
type ListReturn struct {
	Given                                      bool // the list stood there, perhaps empty: an extended LIST
	Subscribed, Children, SpecialUse, MyRights bool
	Status                                     []StatusItem
}

// List is the arguments of LIST, RFC 9051 section 6.3.9, and of LSUB, which has Reference and one pattern only.
type List struct {
	Select    ListSelect
	Reference string
	Patterns  []string // UTF-8 with * and %; at least one, which may be empty
	Listed    bool     // the patterns stood in a list: an extended LIST
	Return    ListReturn
}

// Extended reports whether LIST has the extended syntax, RFC 9051 section 6.3.9: then empty patterns mean nothing.
func (l *List) Extended() bool { return l.Select.Given || l.Listed || l.Return.Given }

// List reads the arguments of LIST and the end of the command.
func (r *Reader) List() (List, error) {
	var l List
	r.Space()
	if r.peek() == '(' {
		l.Select = r.listSelect()
		r.Space()
	}
	l.Reference = r.Mailbox()
	r.Space()
	if r.peek() == '(' {
		l.Listed = true
		r.list(false, func() { l.Patterns = append(l.Patterns, r.Pattern()) })
	} else {
		l.Patterns = []string{r.Pattern()}
	}
	if r.More() {
		if r.word() != "RETURN" {
			r.fail("expected RETURN")
		}
		r.Space()
		l.Return = r.listReturn()
	}
	return l, r.End()
}

// Lsub reads the arguments of LSUB, RFC 3501 section 6.3.9, and the end of the command.
func (r *Reader) Lsub() (List, error) {
	var l List
	r.Space()
	l.Reference = r.Mailbox()
	r.Space()
	l.Patterns = []string{r.Pattern()}
	return l, r.End()
}

func (r *Reader) listSelect() ListSelect {
	s := ListSelect{Given: true}
	r.list(true, func() {
		switch r.word() {
		case "SUBSCRIBED":
			s.Subscribed = true
		case "REMOTE":
			s.Remote = true
		case "RECURSIVEMATCH":
			s.RecursiveMatch = true
		case "SPECIAL-USE":
			s.SpecialUse = true
		default:
			r.fail("an unknown selection option")
		}
	})
	if s.RecursiveMatch && !s.Subscribed && !s.SpecialUse {
		r.fail("RECURSIVEMATCH without another option")
	}
	return s
}

func (r *Reader) listReturn() ListReturn {
	o := ListReturn{Given: true}
	r.list(true, func() {
		switch r.word() {
		case "SUBSCRIBED":
			o.Subscribed = true
		case "CHILDREN":
			o.Children = true
		case "SPECIAL-USE":
			o.SpecialUse = true
		case "MYRIGHTS":
			o.MyRights = true
		case "STATUS":
			r.Space()
			o.Status = r.statusItems()
		default:
			r.fail("an unknown return option")
		}
	})
	return o
}
