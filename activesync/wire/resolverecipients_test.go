package wire

import (
	"bytes"
	"encoding/base64"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gannetmail/gannet/wbxml"
)

func TestReadResolveRecipients(t *testing.T) {
	got, err := ReadResolveRecipients(document(t, `ResolveRecipients:ResolveRecipients
  ResolveRecipients:Options
    ResolveRecipients:Picture
      ResolveRecipients:MaxPictures "4"
      ResolveRecipients:MaxSize "-7"
    ResolveRecipients:Availability
      ResolveRecipients:EndTime "b"
      ResolveRecipients:StartTime "a"
    ResolveRecipients:MaxAmbiguousRecipients "2"
    ResolveRecipients:MaxCertificates "1"
    Email:Subject "not from here"
    ResolveRecipients:CertificateRetrieval "3"
  ResolveRecipients:To "anna"
  ResolveRecipients:To
  ResolveRecipients:To "bert"
`))
	want := ResolveRequest{
		To: []string{"anna", "", "bert"}, Certificates: 3, MaxCerts: 1, MaxAmbiguous: 2,
		Availability: &AvailabilityRequest{StartTime: "a", EndTime: "b"}, Picture: &PictureRequest{MaxSize: -2, MaxPictures: 4},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	got, err = ReadResolveRecipients(document(t, "ResolveRecipients:ResolveRecipients\n"+strings.Repeat("  ResolveRecipients:To \"x\"\n", 500)))
	if err != nil || len(got.To) != MaxRecipients+1 || got.Certificates != -1 || got.MaxCerts != -1 || got.MaxAmbiguous != -1 {
		t.Errorf("%d To, %+v, %v", len(got.To), got.MaxCerts, err)
	}
}

func TestReadValidateCert(t *testing.T) {
	der := []byte("\x30\x82 a certificate, more or less")
	text := base64.StdEncoding.EncodeToString(der)
	var opaque bytes.Buffer
	e := wbxml.NewEncoder(&opaque)
	e.Start(wbxml.ValidateCertValidateCert)
	e.Start(wbxml.ValidateCertCertificates)
	e.Start(wbxml.ValidateCertCertificate)
	e.Opaque(der)
	for range 3 {
		e.End()
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		doc  io.Reader
		want ValidateRequest
	}{
		{"whole", document(t, `ValidateCert:ValidateCert
  ValidateCert:CheckCRL "1"
  ValidateCert:Certificates
    ValidateCert:Certificate "`+text+`"
    ValidateCert:Certificate "`+strings.TrimRight(text[:9]+`\r\n `+text[9:], "=")+`"
    ValidateCert:Certificate "?"
    ValidateCert:Certificate
  ValidateCert:CertificateChain
    ValidateCert:Certificate "`+text+`"
`), ValidateRequest{Certificates: [][]byte{der, der, nil, {}}, Chain: [][]byte{der}, CheckCRL: true}},
		{"opaque", &opaque, ValidateRequest{Certificates: [][]byte{der}}},
	}
	for _, tt := range tests {
		got, err := ReadValidateCert(tt.doc)
		if diff := cmp.Diff(tt.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", tt.name, err, diff)
		}
	}
}

// FuzzDirectoryRequests: no document does harm, and what was read is within its bounds.
func FuzzDirectoryRequests(f *testing.F) {
	for _, dump := range []string{
		"ResolveRecipients:ResolveRecipients\n  ResolveRecipients:To \"anna\"\n  ResolveRecipients:Options\n    ResolveRecipients:Picture\n      ResolveRecipients:MaxSize \"1\"\n    ResolveRecipients:Availability\n      ResolveRecipients:StartTime \"2026-08-22T10:10:00.000Z\"\n",
		"ValidateCert:ValidateCert\n  ValidateCert:Certificates\n    ValidateCert:Certificate \"MIIB\"\n  ValidateCert:CheckCRL \"1\"\n",
	} {
		doc, err := io.ReadAll(document(f, dump))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(doc)
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		q, err := ReadResolveRecipients(bytes.NewReader(doc))
		if err == nil && (len(q.To) == 0 || len(q.To) > MaxRecipients+1) {
			t.Errorf("%d To", len(q.To))
		}
		v, err := ReadValidateCert(bytes.NewReader(doc))
		if err == nil && (len(v.Certificates) == 0 || len(v.Certificates) > MaxValidated+1 || len(v.Chain) > MaxValidated+1) {
			t.Errorf("%d certificates, %d issuers", len(v.Certificates), len(v.Chain))
		}
	})
}
