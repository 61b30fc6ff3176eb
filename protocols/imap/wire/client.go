package wire

// Field is a pair of ID.
type Field struct {
	Name  string
	Value string // empty for NIL too
}

// Bounds of ID, RFC 2971 section 3.3.
const (
	maxFields     = 30
	maxFieldName  = 30
	maxFieldValue = 1024
)

// ID reads the parameters of ID and the end of the command; none for NIL.
func (r *Reader) ID() ([]Field, error) {
	r.Space()
	if r.peek() != '(' {
		if r.word() != "NIL" {
			r.fail("expected a list or NIL")
		}
		return nil, r.End()
	}
	var fields []Field
	r.list(true, func() {
		var f Field
		f.Name = r.String()
		r.Space()
		f.Value, _ = r.NString()
		if fields = append(fields, f); len(fields) > maxFields || len(f.Name) > maxFieldName || len(f.Value) > maxFieldValue {
			r.failWith(ErrTooBig, "too much of an ID")
		}
	})
	return fields, r.End()
}

// Enable reads the capabilities that ENABLE names, in upper case, and the end of the command.
func (r *Reader) Enable() ([]string, error) {
	r.Space()
	names := []string{r.word()}
	for r.More() {
		names = append(names, r.word())
	}
	return names, r.End()
}

// Login reads the two arguments of LOGIN and the end of the command.
func (r *Reader) Login() (user, password string, err error) {
	r.Space()
	user = r.Astring()
	r.Space()
	password = r.Astring()
	return user, password, r.End()
}

// Authenticate is the arguments of AUTHENTICATE, RFC 9051 section 6.2.2.
type Authenticate struct {
	Mechanism string // upper case
	Initial   string // base64 as sent; "=" for an empty one
	Given     bool   // there was an initial response
}

// Authenticate reads the arguments of AUTHENTICATE and the end of the command. The answers to challenges are read with
// [Reader.Line].
func (r *Reader) Authenticate() (Authenticate, error) {
	var a Authenticate
	r.Space()
	a.Mechanism = r.word()
	if r.More() {
		a.Initial, a.Given = r.run(atomChar, "base64"), true
	}
	return a, r.End()
}
