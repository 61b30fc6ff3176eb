package wire

import (
	"encoding/base64"
	"io"
	"strings"

	"github.com/gannetmail/gannet/wbxml"
)

// MaxValidated is how many certificates one ValidateCert may have checked, and how many issuers it may bring.
// MS-ASCMD, Limiting Size of Commands.
const MaxValidated = 100

// ValidateRequest asks whether certificates are good for mail. MS-ASCMD, ValidateCert. What is not base64 is an
// empty certificate.
type ValidateRequest struct {
	Certificates [][]byte // DER; at least one, at most MaxValidated+1 are kept
	Chain        [][]byte // DER; likewise
	CheckCRL     bool
}

// ReadValidateCert reads a request.
func ReadValidateCert(body io.Reader) (ValidateRequest, error) {
	var q ValidateRequest
	r, _, err := newReader(body, wbxml.ValidateCertValidateCert)
	if err != nil {
		return q, err
	}
	err = r.each(func(tag wbxml.Tag) error {
		switch tag {
		case wbxml.ValidateCertCertificates:
			return r.certificates(&q.Certificates)
		case wbxml.ValidateCertCertificateChain:
			return r.certificates(&q.Chain)
		case wbxml.ValidateCertCheckCRL:
			return r.flag(&q.CheckCRL)
		}
		return nil
	})
	if err == nil && len(q.Certificates) == 0 {
		err = r.fail("nothing to validate")
	}
	return q, err
}

func (r *reader) certificates(into *[][]byte) error {
	return r.each(func(tag wbxml.Tag) error {
		if tag != wbxml.ValidateCertCertificate {
			return nil
		}
		var text string
		err := r.text(&text)
		if len(*into) <= MaxValidated {
			*into = append(*into, decodeCertificate(text))
		}
		return err
	})
}

// decodeCertificate reads base64, with line breaks and without padding too. Some clients send the bytes
// themselves as opaque data, which begins as a SEQUENCE does.
func decodeCertificate(text string) []byte {
	const sequence = "\x30\x82"
	if strings.HasPrefix(text, sequence) {
		return []byte(text)
	}
	text = strings.TrimRight(strings.Join(strings.Fields(text), ""), "=")
	der, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		return nil
	}
	return der
}

// WriteValidateCert writes an answer: one status for each certificate, in their order.
func WriteValidateCert(e *wbxml.Encoder, statuses []int) {
	e.Start(wbxml.ValidateCertValidateCert)
	elemInt(e, wbxml.ValidateCertStatus, 1)
	for _, s := range statuses {
		e.Start(wbxml.ValidateCertCertificate)
		elemInt(e, wbxml.ValidateCertStatus, s)
		e.End()
	}
	e.End()
}
