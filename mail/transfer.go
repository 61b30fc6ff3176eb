package mail

import "strings"

// transfer is a Content-Transfer-Encoding that we can undo.
type transfer uint8

const (
	transferIdentity transfer = iota // 7bit, 8bit, binary, and whatever is unknown
	transferBase64
	transferQuoted
	transferUU
	transferRTFText // PR_RTF_COMPRESSED in a winmail.dat, to be read as plain text
	transferRTFHTML // the same where it wraps HTML
)

// Names of the encodings that virtual parts have.
const (
	encodingUU      = "x-uuencode"
	encodingRTFText = "x-rtf-text"
	encodingRTFHTML = "x-rtf-html"
)

// transferOf tells what an encoding's name, in lower case, stands for; known is false for a name that nobody defined.
func transferOf(name string) (t transfer, known bool) {
	switch strings.Trim(name, " \t\"';") {
	case "", "7bit", "8bit", "binary", "7-bit", "8-bit", "7bits", "8bits", "7 bit", "8 bit", "identity", "none":
		return transferIdentity, true
	case "base64", "base-64", "b":
		return transferBase64, true
	case "quoted-printable", "quoted printable", "quotedprintable", "quoted/printable", "qp":
		return transferQuoted, true
	case "x-uuencode", "uuencode", "x-uue", "uue", "x-uu":
		return transferUU, true
	case encodingRTFText:
		return transferRTFText, true
	case encodingRTFHTML:
		return transferRTFHTML, true
	}
	return transferIdentity, false
}

// decoder is a source that undoes an encoding and knows whether it met anything wrong.
type decoder interface {
	source
	broken() bool
}

// newDecoder undoes t.
func newDecoder(t transfer, src source) decoder {
	switch t {
	case transferBase64:
		return &base64Source{src: src}
	case transferQuoted:
		return &quotedSource{src: src}
	case transferUU:
		return &uuSource{src: src}
	case transferRTFText:
		return identitySource{newRTF(newLZFu(src), false)}
	case transferRTFHTML:
		return identitySource{newRTF(newLZFu(src), true)}
	}
	return identitySource{src}
}

type identitySource struct{ source }

func (identitySource) broken() bool { return false }
