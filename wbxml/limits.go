package wbxml

// Limits bound what a [Decoder] accepts. A field that is zero or negative stands for its default in
// [DefaultLimits].
type Limits struct {
	Depth    int   // elements open at once
	Elements int   // elements in the document
	String   int64 // bytes of one value
	Total    int64 // bytes of the document
}

// DefaultLimits suit a request whose size the transport bounds as well. No legal document of ActiveSync is
// deeper than about 12 elements.
var DefaultLimits = Limits{Depth: 32, Elements: 1 << 20, String: 64 << 20, Total: 128 << 20}

// maxTable is the largest string table accepted, in bytes. ActiveSync has none; libraries that make one
// put the repeated strings of a single document there.
const maxTable = 64 << 10

func (l Limits) withDefaults() Limits {
	if l.Depth <= 0 {
		l.Depth = DefaultLimits.Depth
	}
	if l.Elements <= 0 {
		l.Elements = DefaultLimits.Elements
	}
	if l.String <= 0 {
		l.String = DefaultLimits.String
	}
	if l.Total <= 0 {
		l.Total = DefaultLimits.Total
	}
	return l
}
