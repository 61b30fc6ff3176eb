package imap

import (
	"slices"
	"strings"

	"github.com/gannetmail/gannet/protocols/imap/wire"
	"github.com/gannetmail/gannet/store"
)

// mark pairs a flag of the store with its name.
type mark struct {
	flag  store.Flags
	name  string
	right store.Rights // to change it, RFC 4314 section 4
}

// marks are the flags in the order that they are listed.
var marks = [...]mark{
	{store.Answered, `\Answered`, store.MayWrite},
	{store.Flagged, `\Flagged`, store.MayWrite},
	{store.Deleted, `\Deleted`, store.MayDelete},
	{store.Seen, `\Seen`, store.MayKeepSeen},
	{store.Draft, `\Draft`, store.MayWrite},
	{store.Forwarded, `$Forwarded`, store.MayWrite},
	{store.MDNSent, `$MDNSent`, store.MayWrite},
}

// usualKeywords are offered in every mailbox, so that programs show their buttons: registered with IANA and known to mail
// programs.
var usualKeywords = []string{"$Junk", "$NotJunk", "$Phishing"}

// isKeyword reports whether a label of an item is a keyword of IMAP. Categories with spaces or of other letters, as
// phones make them, are not: IMAP passes over them, and leaves them as they are.
func isKeyword(label string) bool { return wire.IsAtom(label) }

// appendMarks appends the list of an item's flags.
func appendMarks(b []byte, flags store.Flags, keywords []string, recent bool) []byte {
	b = append(b, '(')
	begin := len(b)
	next := func(name string) {
		if len(b) > begin {
			b = append(b, ' ')
		}
		b = append(b, name...)
	}
	for i := range marks {
		if flags&marks[i].flag != 0 {
			next(marks[i].name)
		}
	}
	for _, k := range keywords {
		if isKeyword(k) {
			next(k)
		}
	}
	if recent {
		next(`\Recent`)
	}
	return append(b, ')')
}

// readMarks tells system flags from keywords, each once. \Recent and flags of the system that there aren't were refused by
// the reader.
func readMarks(names []string) (flags store.Flags, keywords []string) {
	for _, name := range names {
		if f := flagNamed(name); f != 0 {
			flags |= f
		} else if !slices.ContainsFunc(keywords, func(k string) bool { return strings.EqualFold(k, name) }) {
			keywords = append(keywords, name)
		}
	}
	return flags, keywords
}

func flagNamed(name string) store.Flags {
	for i := range marks {
		if strings.EqualFold(marks[i].name, name) {
			return marks[i].flag
		}
	}
	return 0
}

// changeable is the flags that someone with these rights may change, and whether that goes for keywords too.
func changeable(rights store.Rights) (flags store.Flags, keywords bool) {
	for i := range marks {
		if rights&marks[i].right != 0 {
			flags |= marks[i].flag
		}
	}
	return flags, rights&store.MayWrite != 0
}

// markNames lists flags and keywords as FLAGS and PERMANENTFLAGS do.
func markNames(flags store.Flags, keywords []string) []string {
	var names []string
	for i := range marks {
		if flags&marks[i].flag != 0 {
			names = append(names, marks[i].name)
		}
	}
	for _, k := range usualKeywords {
		if !slices.ContainsFunc(keywords, func(o string) bool { return strings.EqualFold(o, k) }) {
			names = append(names, k)
		}
	}
	return append(names, keywords...)
}
