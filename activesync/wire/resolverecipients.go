package wire

import (
	"encoding/base64"
	"io"

	"github.com/gannetmail/gannet/wbxml"
)

// MaxRecipients is how many To a ResolveRecipients may have. MS-ASCMD, Limiting Size of Commands.
const MaxRecipients = 100

// What CertificateRetrieval asks for. MS-ASCMD, CertificateRetrieval.
const (
	NoCertificates = 1
	WholeOnes      = 2
	MiniOnes       = 3
)

// ResolveRequest asks who is meant. MS-ASCMD, ResolveRecipients. Numbers are as the client wrote them, -1 where
// it wrote none, -2 where it wrote a negative one.
type ResolveRequest struct {
	To           []string // at most MaxRecipients+1 are kept
	Certificates int      // CertificateRetrieval
	MaxCerts     int
	MaxAmbiguous int
	Availability *AvailabilityRequest // 14.0 and later
	Picture      *PictureRequest      // 14.1 and later
}

// AvailabilityRequest asks when people are free. Times are as the client wrote them, empty if it wrote none.
type AvailabilityRequest struct {
	StartTime, EndTime string
}

// PictureRequest asks for photos of people, also in searches. Numbers are as in
// [ResolveRequest].
type PictureRequest struct {
	MaxSize     int // bytes of one
	MaxPictures int
}

// ReadResolveRecipients reads a request.
func ReadResolveRecipients(body io.Reader) (ResolveRequest, error) {
	q := ResolveRequest{Certificates: -1, MaxCerts: -1, MaxAmbiguous: -1}
	r, _, err := newReader(body, wbxml.ResolveRecipientsResolveRecipients)
	if err != nil {
		return q, err
	}
	err = r.each(func(tag wbxml.Tag) error {
		switch tag {
		case wbxml.ResolveRecipientsTo:
			var to string
			err := r.text(&to)
			if len(q.To) <= MaxRecipients {
				q.To = append(q.To, to)
			}
			return err
		case wbxml.ResolveRecipientsOptions:
			return r.resolveOptions(&q)
		}
		return nil
	})
	if err == nil && len(q.To) == 0 {
		err = r.fail("nobody to resolve")
	}
	return q, err
}

func (r *reader) resolveOptions(q *ResolveRequest) error {
	return r.each(func(tag wbxml.Tag) error {
		switch tag {
		case wbxml.ResolveRecipientsCertificateRetrieval:
			return r.number(&q.Certificates)
		case wbxml.ResolveRecipientsMaxCertificates:
			return r.bound(&q.MaxCerts)
		case wbxml.ResolveRecipientsMaxAmbiguousRecipients:
			return r.bound(&q.MaxAmbiguous)
		case wbxml.ResolveRecipientsAvailability:
			q.Availability = &AvailabilityRequest{}
			return r.availability(q.Availability)
		case wbxml.ResolveRecipientsPicture:
			q.Picture = &PictureRequest{-1, -1}
			return r.pictureRequest(q.Picture, wbxml.ResolveRecipientsMaxSize, wbxml.ResolveRecipientsMaxPictures)
		}
		return nil
	})
}

func (r *reader) availability(a *AvailabilityRequest) error {
	return r.each(func(tag wbxml.Tag) error {
		switch tag {
		case wbxml.ResolveRecipientsStartTime:
			return r.text(&a.StartTime)
		case wbxml.ResolveRecipientsEndTime:
			return r.text(&a.EndTime)
		}
		return nil
	})
}

// pictureRequest reads Picture, whose elements each code page has of its own.
func (r *reader) pictureRequest(p *PictureRequest, maxSize, maxPictures wbxml.Tag) error {
	return r.each(func(tag wbxml.Tag) error {
		switch tag {
		case maxSize:
			return r.bound(&p.MaxSize)
		case maxPictures:
			return r.bound(&p.MaxPictures)
		}
		return nil
	})
}

// bound reads a number that bounds something. A negative one bounds nothing: it becomes -2, so that it is not
// taken for one that is missing.
func (r *reader) bound(into *int) error {
	err := r.number(into)
	if *into < 0 {
		*into = -2
	}
	return err
}

// Resolution answers one To.
type Resolution struct {
	To         string
	Status     int
	Count      int // RecipientCount; -1: left out
	Recipients []Recipient
}

// Recipient is somebody whom a To may mean.
type Recipient struct {
	Type         int // 1: of the address list, 2: of the user's contacts
	Display      string
	Address      string
	Availability *Availability          // nil: left out
	Certificates *RecipientCertificates // nil: left out
	Picture      *Picture               // nil: left out
}

// Availability is when somebody is free.
type Availability struct {
	Status         int
	MergedFreeBusy string // a digit for each half hour; empty: left out
}

// RecipientCertificates are the certificates of a person or of the members of a list.
type RecipientCertificates struct {
	Status  int
	Count   int
	Members int      // 1 for a person
	Whole   [][]byte // DER
	Mini    []byte   // nil: left out
}

// Picture is somebody's photo, or why there is none.
type Picture struct {
	Status int
	Data   []byte // nil: left out
}

// WriteResolveRecipients writes an answer.
func WriteResolveRecipients(e *wbxml.Encoder, list []Resolution) {
	e.Start(wbxml.ResolveRecipientsResolveRecipients)
	elemInt(e, wbxml.ResolveRecipientsStatus, 1)
	for i := range list {
		list[i].write(e)
	}
	e.End()
}

func (x *Resolution) write(e *wbxml.Encoder) {
	e.Start(wbxml.ResolveRecipientsResponse)
	e.Elem(wbxml.ResolveRecipientsTo, x.To)
	elemInt(e, wbxml.ResolveRecipientsStatus, x.Status)
	if x.Count >= 0 {
		elemInt(e, wbxml.ResolveRecipientsRecipientCount, x.Count)
	}
	for i := range x.Recipients {
		x.Recipients[i].write(e)
	}
	e.End()
}

func (x *Recipient) write(e *wbxml.Encoder) {
	e.Start(wbxml.ResolveRecipientsRecipient)
	elemInt(e, wbxml.ResolveRecipientsType, x.Type)
	e.Elem(wbxml.ResolveRecipientsDisplayName, x.Display)
	e.Elem(wbxml.ResolveRecipientsEmailAddress, x.Address)
	if a := x.Availability; a != nil {
		e.Start(wbxml.ResolveRecipientsAvailability)
		elemInt(e, wbxml.ResolveRecipientsStatus, a.Status)
		elemText(e, wbxml.ResolveRecipientsMergedFreeBusy, a.MergedFreeBusy)
		e.End()
	}
	if x.Certificates != nil {
		x.Certificates.write(e)
	}
	if p := x.Picture; p != nil {
		e.Start(wbxml.ResolveRecipientsPicture)
		elemInt(e, wbxml.ResolveRecipientsStatus, p.Status)
		elemBase64(e, wbxml.ResolveRecipientsData, p.Data)
		e.End()
	}
	e.End()
}

func (c *RecipientCertificates) write(e *wbxml.Encoder) {
	e.Start(wbxml.ResolveRecipientsCertificates)
	elemInt(e, wbxml.ResolveRecipientsStatus, c.Status)
	elemInt(e, wbxml.ResolveRecipientsCertificateCount, c.Count)
	elemInt(e, wbxml.ResolveRecipientsRecipientCount, c.Members)
	for _, der := range c.Whole {
		elemBase64(e, wbxml.ResolveRecipientsCertificate, der)
	}
	elemBase64(e, wbxml.ResolveRecipientsMiniCertificate, c.Mini)
	e.End()
}

// elemBase64 writes bytes as text, none not at all.
func elemBase64(e *wbxml.Encoder, tag wbxml.Tag, data []byte) {
	if data != nil {
		e.Elem(tag, base64.StdEncoding.EncodeToString(data))
	}
}
