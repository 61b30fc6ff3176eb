package asclient

import (
	"slices"
	"testing"
	"time"

	"github.com/gannetmail/gannet/wbxml"
)

func TestResolveRecipients(t *testing.T) {
	person := El(wbxml.ResolveRecipientsRecipient,
		El(wbxml.ResolveRecipientsDisplayName, "Anna"), El(wbxml.ResolveRecipientsEmailAddress, "anna@example.test"),
		El(wbxml.ResolveRecipientsAvailability, El(wbxml.ResolveRecipientsMergedFreeBusy, "44")),
		El(wbxml.ResolveRecipientsCertificates, El(wbxml.ResolveRecipientsCertificate, "AQI="), El(wbxml.ResolveRecipientsCertificate, "Aw==")),
		El(wbxml.ResolveRecipientsPicture, El(wbxml.ResolveRecipientsData, "BA==")))
	answer := El(wbxml.ResolveRecipientsResolveRecipients, El(wbxml.ResolveRecipientsStatus, 1), El(wbxml.ResolveRecipientsResponse,
		El(wbxml.ResolveRecipientsTo, "anna"), El(wbxml.ResolveRecipientsStatus, 1), El(wbxml.ResolveRecipientsRecipientCount, 1), person))
	from := time.Date(2026, 8, 22, 10, 0, 0, 0, time.UTC)
	for version, want := range map[string]struct{ options, violations int }{"2.5": {2, 2}, "14.0": {3, 1}, "14.1": {4, 0}} {
		c, s := talk(t, version, answer)
		got, err := c.ResolveRecipients(t.Context(), ResolveOptions{Certificates: 2, Ambiguous: 5, From: from, To: from.Add(time.Hour), Pictures: true}, "anna")
		if err != nil {
			t.Fatal(err)
		}
		if n := len(s.asked[0].Find(wbxml.ResolveRecipientsOptions).Children); n != want.options || len(c.Violations) != want.violations {
			t.Errorf("%s: %d options, violations %q; want %d, %d", version, n, c.Violations, want.options, want.violations)
		}
		p := got[0].People[0]
		if got[0].Status != 1 || got[0].Total != 1 || p.Address != "anna@example.test" || p.FreeBusy != "44" || len(p.Certificates) != 2 || len(p.Photo) != 1 {
			t.Errorf("%s: %+v", version, got)
		}
	}
	c, _ := talk(t, "14.1", answer)
	if _, err := c.ResolveRecipients(t.Context(), ResolveOptions{}, "bert", "anna"); err != nil || len(c.Violations) != 2 {
		t.Errorf("%v, violations %q; want 2", err, c.Violations)
	}
}

func TestValidateCert(t *testing.T) {
	status := func(n int) *Node { return El(wbxml.ValidateCertCertificate, El(wbxml.ValidateCertStatus, n)) }
	c, s := talk(t, "14.1", El(wbxml.ValidateCertValidateCert, El(wbxml.ValidateCertStatus, 1), status(1), status(7)),
		El(wbxml.ValidateCertValidateCert, El(wbxml.ValidateCertStatus, 2)))
	got, err := c.ValidateCert(t.Context(), [][]byte{{1}}, [][]byte{{2}, {3}}, true)
	if err != nil || !slices.Equal(got, []int{1, 7}) || len(c.Violations) > 0 || len(s.asked[0].Children) != 3 {
		t.Errorf("%v, %v, violations %q, %v", got, err, c.Violations, s.asked[0])
	}
	if _, err := c.ValidateCert(t.Context(), nil, [][]byte{{2}}, false); err == nil {
		t.Error("status 2 is no error")
	}
}
