package wire

// SortKey is one criterion of SORT, RFC 5256 section 3 and RFC 5957.
type SortKey struct {
	By      SortBy
	Reverse bool
}

// SortBy is what SORT compares.
type SortBy uint8

// The criteria of SORT.
const (
	SortArrival SortBy = iota + 1
	SortCc
	SortDate
	SortFrom
	SortSize
	SortSubject
	SortTo
	SortDisplayFrom // RFC 5957
	SortDisplayTo
	SortRelevancy // RFC 6203
)

var sortNames = map[string]SortBy{
	"ARRIVAL": SortArrival, "CC": SortCc, "DATE": SortDate, "FROM": SortFrom, "SIZE": SortSize, "SUBJECT": SortSubject,
	"TO": SortTo, "DISPLAYFROM": SortDisplayFrom, "DISPLAYTO": SortDisplayTo, "RELEVANCY": SortRelevancy,
}

// Sort is the arguments of SORT and UID SORT; RETURN is ESORT's, RFC 5267.
type Sort struct {
	Return  Return
	Keys    []SortKey
	Charset string
	Program Key
}

// Sort reads the arguments of SORT and the end of the command.
func (r *Reader) Sort() (Sort, error) {
	var s Sort
	r.Space()
	if r.peek() != '(' {
		if r.word() != "RETURN" {
			r.fail("expected RETURN or a list of criteria")
		}
		r.Space()
		s.Return = r.returnOptions()
		r.Space()
	}
	r.list(false, func() {
		var k SortKey
		name := r.word()
		if name == "REVERSE" {
			k.Reverse = true
			r.Space()
			name = r.word()
		}
		if k.By = sortNames[name]; k.By == 0 {
			r.fail("an unknown criterion of SORT")
		}
		s.Keys = append(s.Keys, k)
	})
	s.Charset, s.Program = r.charsetAndProgram()
	return s, r.End()
}

func (r *Reader) charsetAndProgram() (string, Key) {
	r.Space()
	charset := r.charset()
	r.Space()
	return charset, r.program(r.searchWord())
}

// Thread is the arguments of THREAD and UID THREAD, RFC 5256.
type Thread struct {
	Algorithm string // upper case: ORDEREDSUBJECT, REFERENCES. Others are the session's to refuse
	Charset   string
	Program   Key
}

// Thread reads the arguments of THREAD and the end of the command.
func (r *Reader) Thread() (Thread, error) {
	var t Thread
	r.Space()
	t.Algorithm = r.word()
	t.Charset, t.Program = r.charsetAndProgram()
	return t, r.End()
}
