package wire

// Limits bound one command. A field that is zero takes its default.
type Limits struct {
	Line    int   // bytes outside of literals; default 256 KiB
	Literal int64 // bytes of one literal that is kept in memory; default 64 KiB. Streamed literals: see [Reader.Literal]
	NonSync int64 // bytes of one non-synchronising literal; default none, 4096 for LITERAL- (RFC 7888 section 5)
	Command int64 // bytes kept in memory of the whole command; default 1 MiB
	Depth   int   // levels of parentheses, of OR, NOT and FUZZY; default 32
	Drain   int64 // bytes read and thrown away after an error to stay in step; default 16 MiB
}

// LiteralMinus is the largest non-synchronising literal under LITERAL-, RFC 7888 section 5.
const LiteralMinus = 4096

func (l Limits) withDefaults() Limits {
	set := func(v *int64, d int64) {
		if *v == 0 {
			*v = d
		}
	}
	if l.Line == 0 {
		l.Line = 256 << 10
	}
	if l.Depth == 0 {
		l.Depth = 32
	}
	set(&l.Literal, 64<<10)
	set(&l.NonSync, 1<<62)
	set(&l.Command, 1<<20)
	set(&l.Drain, 16<<20)
	return l
}
