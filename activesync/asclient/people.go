package asclient

import (
	"context"
	"encoding/base64"
	"time"

	"github.com/gannetmail/gannet/wbxml"
)

// ResolveOptions say what is wanted of recipients beside their addresses. MS-ASCMD, Options (ResolveRecipients).
type ResolveOptions struct {
	Certificates int       // CertificateRetrieval; 0: not sent
	Ambiguous    int       // MaxAmbiguousRecipients; 0: not sent
	From, To     time.Time // of free time; zero: not asked for
	Pictures     bool
}

// Resolved answers one name.
type Resolved struct {
	Name   string
	Status int
	Total  int // RecipientCount
	People []Recipient
}

// Recipient is somebody whom a name may mean.
type Recipient struct {
	Display, Address string
	FreeBusy         string // MergedFreeBusy
	Certificates     [][]byte
	Photo            []byte
}

// ResolveRecipients asks who is meant by names. Free time exists from 14.0 on and pictures from 14.1 on; before, they
// are not asked for. MS-ASCMD, ResolveRecipients.
func (c *Client) ResolveRecipients(ctx context.Context, o ResolveOptions, names ...string) ([]Resolved, error) {
	doc := El(wbxml.ResolveRecipientsResolveRecipients)
	for _, n := range names {
		doc.Children = append(doc.Children, El(wbxml.ResolveRecipientsTo, n))
	}
	if options := c.resolveOptions(o); len(options) > 0 {
		doc.Children = append(doc.Children, El(wbxml.ResolveRecipientsOptions, options))
	}
	answer, err := c.Do(ctx, "ResolveRecipients", doc)
	if err != nil {
		return nil, err
	}
	if err := check("ResolveRecipients", answer, wbxml.ResolveRecipientsStatus); err != nil {
		return nil, err
	}
	var list []Resolved
	for i, r := range answer.All(wbxml.ResolveRecipientsResponse) {
		if name := r.Value(wbxml.ResolveRecipientsTo); i >= len(names) || name != names[i] {
			c.violate("ResolveRecipients: answer %d is for %q", i, name)
		}
		one := Resolved{
			Name: r.Value(wbxml.ResolveRecipientsTo), Status: r.Int(wbxml.ResolveRecipientsStatus),
			Total: r.Int(wbxml.ResolveRecipientsRecipientCount),
		}
		for _, p := range r.All(wbxml.ResolveRecipientsRecipient) {
			one.People = append(one.People, c.recipient(p))
		}
		list = append(list, one)
	}
	if len(list) != len(names) {
		c.violate("ResolveRecipients: %d names answered with %d", len(names), len(list))
	}
	return list, nil
}

func (c *Client) resolveOptions(o ResolveOptions) (list []*Node) {
	const form = "2006-01-02T15:04:05.000Z"
	if o.Certificates != 0 {
		list = append(list, El(wbxml.ResolveRecipientsCertificateRetrieval, o.Certificates))
	}
	if o.Ambiguous != 0 {
		list = append(list, El(wbxml.ResolveRecipientsMaxAmbiguousRecipients, o.Ambiguous))
	}
	if !o.From.IsZero() && c.AtLeast("14.0") {
		list = append(list, El(wbxml.ResolveRecipientsAvailability,
			El(wbxml.ResolveRecipientsStartTime, o.From.UTC().Format(form)), El(wbxml.ResolveRecipientsEndTime, o.To.UTC().Format(form))))
	}
	if o.Pictures && c.AtLeast("14.1") {
		list = append(list, El(wbxml.ResolveRecipientsPicture))
	}
	return list
}

// recipient reads one Recipient, and notes what a version must not be told.
func (c *Client) recipient(n *Node) Recipient {
	for tag, since := range map[wbxml.Tag]string{wbxml.ResolveRecipientsAvailability: "14.0", wbxml.ResolveRecipientsPicture: "14.1"} {
		if n.Find(tag) != nil && !c.AtLeast(since) {
			c.violate("ResolveRecipients: %v at %s", tag, c.Version)
		}
	}
	p := Recipient{
		Display: n.Value(wbxml.ResolveRecipientsDisplayName), Address: n.Value(wbxml.ResolveRecipientsEmailAddress),
		FreeBusy: n.Value(wbxml.ResolveRecipientsAvailability, wbxml.ResolveRecipientsMergedFreeBusy),
	}
	certificates := n.Find(wbxml.ResolveRecipientsCertificates)
	for _, x := range append(certificates.All(wbxml.ResolveRecipientsCertificate), certificates.All(wbxml.ResolveRecipientsMiniCertificate)...) {
		p.Certificates = append(p.Certificates, c.base64("ResolveRecipients", x.Text))
	}
	if data := n.Find(wbxml.ResolveRecipientsPicture, wbxml.ResolveRecipientsData); data != nil {
		p.Photo = c.base64("ResolveRecipients", data.Text)
	}
	return p
}

// base64 decodes what must be base64.
func (c *Client) base64(cmd, text string) []byte {
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		c.violate("%s: %v", cmd, err)
	}
	return data
}

// ValidateCert has certificates, DER, checked and returns the status of each. MS-ASCMD, ValidateCert.
func (c *Client) ValidateCert(ctx context.Context, chain, certificates [][]byte, checkCRL bool) ([]int, error) {
	group := func(tag wbxml.Tag, list [][]byte) *Node {
		n := El(tag)
		for _, der := range list {
			n.Children = append(n.Children, El(wbxml.ValidateCertCertificate, base64.StdEncoding.EncodeToString(der)))
		}
		return n
	}
	doc := El(wbxml.ValidateCertValidateCert)
	if len(chain) > 0 {
		doc.Children = append(doc.Children, group(wbxml.ValidateCertCertificateChain, chain))
	}
	doc.Children = append(doc.Children, group(wbxml.ValidateCertCertificates, certificates))
	if checkCRL {
		doc.Children = append(doc.Children, El(wbxml.ValidateCertCheckCRL, 1))
	}
	answer, err := c.Do(ctx, "ValidateCert", doc)
	if err != nil {
		return nil, err
	}
	if err := check("ValidateCert", answer, wbxml.ValidateCertStatus); err != nil {
		return nil, err
	}
	var statuses []int
	for _, x := range answer.All(wbxml.ValidateCertCertificate) {
		statuses = append(statuses, x.Int(wbxml.ValidateCertStatus))
	}
	if len(statuses) != len(certificates) {
		c.violate("ValidateCert: %d certificates answered with %d", len(certificates), len(statuses))
	}
	return statuses, nil
}
