package autodiscover

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/gannetmail/gannet/store/address"
)

// Bounds of a request document.
const (
	maxRequest = 64 << 10
	maxDepth   = 16
)

// schema is the kind of answer that a client understands.
type schema string

// The schemas, by the namespaces of their answers.
const (
	mobileSync schema = "http://schemas.microsoft.com/exchange/autodiscover/mobilesync/responseschema/2006"
	outlook    schema = "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a"
)

// errRequest means that a document is no autodiscover request; errSchema, that nobody here makes the
// answer that it asks for.
var (
	errRequest = errors.New("invalid request")
	errSchema  = errors.New("provider is not available")
)

// request is what a POX request asks.
type request struct {
	address string // canonical
	schema  schema
}

// parseRequest reads a POX request. MS-OXDSCLI, Autodiscover Request; MS-ASCMD, Autodiscover. Namespaces
// are not looked at, but where the schema is not named; entities other than XML's own are refused.
func parseRequest(r io.Reader) (request, error) {
	d := xml.NewDecoder(r)
	d.CharsetReader = func(label string, in io.Reader) (io.Reader, error) {
		if strings.EqualFold(label, "us-ascii") {
			return in, nil
		}
		return nil, fmt.Errorf("charset %.32q: %w", label, errRequest)
	}
	var q fields
	for {
		tok, err := d.Token()
		if err == io.EOF {
			return q.request()
		}
		if err != nil {
			return request{}, fmt.Errorf("%w: %w", errRequest, err)
		}
		if err := q.take(tok); err != nil {
			return request{}, err
		}
	}
}

// fields collects the parts of a request document.
type fields struct {
	path      []string // local names of the open elements
	namespace string   // of the root
	requests  int
	addresses int
	address   strings.Builder
	accept    strings.Builder
}

func (q *fields) take(tok xml.Token) error {
	switch t := tok.(type) {
	case xml.StartElement:
		if len(q.path) >= maxDepth {
			return fmt.Errorf("%w: too deep", errRequest)
		}
		q.path = append(q.path, t.Name.Local)
		q.started(t.Name)
	case xml.EndElement:
		q.path = q.path[:len(q.path)-1]
	case xml.CharData:
		if to := q.text(); to != nil {
			to.Write(t)
		}
	case xml.Directive:
		return fmt.Errorf("%w: document type", errRequest)
	}
	return nil
}

func (q *fields) started(name xml.Name) {
	switch strings.Join(q.path, "/") {
	case "Autodiscover":
		q.namespace = name.Space
	case "Autodiscover/Request":
		q.requests++
	case "Autodiscover/Request/EMailAddress":
		q.addresses++
	}
}

// text is where the text of the open element goes; nil: nowhere.
func (q *fields) text() *strings.Builder {
	switch strings.Join(q.path, "/") {
	case "Autodiscover/Request/EMailAddress":
		return &q.address
	case "Autodiscover/Request/AcceptableResponseSchema":
		return &q.accept
	}
	return nil
}

func (q *fields) request() (request, error) {
	if q.requests != 1 || q.addresses != 1 {
		return request{}, fmt.Errorf("%w: %d Request and %d EMailAddress elements", errRequest, q.requests, q.addresses)
	}
	addr, err := address.Canonical(strings.TrimSpace(q.address.String()))
	if err != nil {
		return request{}, fmt.Errorf("%w: %w", errRequest, err)
	}
	s := strings.ToLower(strings.TrimSpace(q.accept.String()))
	if s == "" {
		s = strings.Replace(q.namespace, "requestschema", "responseschema", 1)
	}
	switch {
	case s == string(mobileSync):
		return request{addr, mobileSync}, nil
	case s == string(outlook), s == strings.TrimSuffix(string(outlook), "a"):
		return request{addr, outlook}, nil
	}
	return request{}, fmt.Errorf("schema %.128q: %w", s, errSchema)
}
