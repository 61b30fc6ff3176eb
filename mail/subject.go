package mail

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// replyPrefixes are the words that programs put before the subject of an answer or a forwarded message, in lower
// case, by language. They count when a colon follows, perhaps after a number: "Re[2]:", "AW (2):", "Re^2:".
var replyPrefixes = map[string]bool{
	"re": true, "fw": true, "fwd": true, // English and most programs
	"aw": true, "wg": true, "antwort": true, "weitergeleitet": true, // German
	"antw": true, "doorst": true, "betreft": false, // Dutch
	"sv": true, "vs": true, "vb": true, "vl": true, "ad": true, // Danish, Norwegian, Finnish, Swedish
	"réf": true, "ref": true, "tr": true, "rép": true, "rep": true, // French
	"rv": true, "enc": true, "res": true, "rsp": true, // Spanish, Portuguese
	"r": true, "rif": true, "i": true, "inoltra": true, // Italian
	"odp": true, "pd": true, // Polish
	"ynt": true, "ilt": true, "yan": true, // Turkish
	"vá": true, "továbbítás": true, "továbbított": true, // Hungarian
	"απ": true, "πρθ": true, "σχετ": true, // Greek
	"на": true, "отв": true, "нa": true, "ответ": true, "пересл": true, // Russian
	"atb": true, "ats": true, "pt": true, // Baltic
	"bls": true, "trs": true, "balas": true, // Indonesian
	"回复": true, "答复": true, "转发": true, "回覆": true, "轉寄": true, "轉發": true, // Chinese
	"返信": true, "転送": true, // Japanese
	"답장": true, "전달": true, "회신": true, // Korean
	"תגובה": true, "השב": true, "הועבר": true, // Hebrew
	"رد": true, "إعادة توجيه": true, // Arabic
	"trả lời": true, "chuyển tiếp": true, // Vietnamese
	"ตอบ": true, "ส่งต่อ": true, // Thai
}

// BaseSubject is the subject without what answering and forwarding add, RFC 5256 section 2.1, with the prefixes of
// other languages beside Re and Fwd. Its letters are as they were; compare without regard to case.
func (e *Envelope) BaseSubject() string { return BaseSubject(e.Subject) }

// IsReply reports whether the subject says that the message answers or forwards another.
func (e *Envelope) IsReply() bool {
	_, cut := stripSubject(e.Subject)
	return cut
}

// BaseSubject strips a decoded subject, see [Envelope.BaseSubject].
func BaseSubject(subject string) string {
	base, _ := stripSubject(subject)
	return base
}

// stripSubject returns the base and whether a prefix or a trailer of an answer was removed.
func stripSubject(subject string) (base string, reply bool) {
	s := strings.Join(strings.Fields(subject), " ")
	for {
		before := s
		for {
			rest, ok := cutTrailer(s)
			if !ok {
				break
			}
			s, reply = rest, true
		}
		s = strings.TrimSpace(s)
		for {
			if rest, ok := cutPrefix(s); ok {
				s, reply = rest, true
				continue
			}
			if rest, ok := cutBlob(s); ok && rest != "" {
				s = rest
				continue
			}
			break
		}
		if inner, ok := cutForward(s); ok {
			s, reply = inner, true
			continue
		}
		if s == before {
			return s, reply
		}
	}
}

// cutTrailer removes "(fwd)" and blanks from the end.
func cutTrailer(s string) (string, bool) {
	s = strings.TrimRight(s, " ")
	if len(s) >= 5 && strings.EqualFold(s[len(s)-5:], "(fwd)") {
		return strings.TrimRight(s[:len(s)-5], " "), true
	}
	return s, false
}

// prefixMax bounds the bytes before the colon of a prefix.
const prefixMax = 40

// cutPrefix removes one prefix with its number, blobs between them and the colon.
func cutPrefix(s string) (string, bool) {
	colon, size := colonAt(s)
	if colon <= 0 {
		return s, false
	}
	word := strings.TrimSpace(s[:colon])
	for { // "Re [list]:" is a prefix too
		open := strings.LastIndexAny(word, "[(")
		if open <= 0 || !strings.HasSuffix(word, "]") && !strings.HasSuffix(word, ")") {
			break
		}
		word = strings.TrimSpace(word[:open])
	}
	word = strings.TrimRightFunc(word, func(r rune) bool { return unicode.IsDigit(r) || r == '^' || r == '*' || r == '-' })
	if !replyPrefixes[strings.TrimSuffix(strings.ToLower(strings.TrimSpace(word)), ".")] {
		return s, false
	}
	return strings.TrimLeft(s[colon+size:], " "), true
}

// colonAt finds the first colon, ASCII or full width, near the beginning.
func colonAt(s string) (at, size int) {
	for i, r := range s {
		if i > prefixMax {
			break
		}
		if r == ':' || r == '：' {
			return i, utf8.RuneLen(r)
		}
	}
	return -1, 0
}

// cutBlob removes "[…]" from the beginning.
func cutBlob(s string) (string, bool) {
	if !strings.HasPrefix(s, "[") {
		return s, false
	}
	end := strings.IndexByte(s, ']')
	if end < 0 || strings.IndexByte(s[1:end], '[') >= 0 {
		return s, false
	}
	return strings.TrimLeft(s[end+1:], " "), true
}

// cutForward unwraps "[fwd: …]".
func cutForward(s string) (string, bool) {
	if len(s) < 6 || !strings.EqualFold(s[:5], "[fwd:") || !strings.HasSuffix(s, "]") {
		return s, false
	}
	return strings.TrimSpace(s[5 : len(s)-1]), true
}
