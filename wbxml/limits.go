package wbxml

// Limits bound what a [Decoder] accepts. A field that is zero or negative stands for its default in
// [DefaultLimits].
type Limits struct {
	Depth    int   // elements open at once
	Elements int   // elements in the document
	String   int64 // bytes of one value
	Total    int64 // bytes of the document
}

// DefaultLimits returns limits that suit a request whose size the transport bounds as well: 32 levels, where
// no legal document of ActiveSync has more than about 12; a million elements; values of 64 MiB; 128 MiB in
// all.
func DefaultLimits() Limits {
	return Limits{Depth: 32, Elements: 1 << 20, String: 64 << 20, Total: 128 << 20}
}

// maxTable is the largest string table accepted, in bytes. ActiveSync has none; libraries that make one
// put the repeated strings of a single document there.
const maxTable = 64 << 10

func (l Limits) withDefaults() Limits {
	defaults := DefaultLimits()
	if l.Depth <= 0 {
		l.Depth = defaults.Depth
	}
	if l.Elements <= 0 {
		l.Elements = defaults.Elements
	}
	if l.String <= 0 {
		l.String = defaults.String
	}
	if l.Total <= 0 {
		l.Total = defaults.Total
	}
	return l
}
