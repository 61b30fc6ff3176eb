package activesync

import (
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/contacts/smime"
)

// validation is the dump of a ValidateCert.
func validation(checkCRL bool, chain, certificates []*certified) string {
	var b strings.Builder
	b.WriteString("ValidateCert:ValidateCert\n")
	group := func(name string, list []*certified) {
		b.WriteString("  ValidateCert:" + name + "\n")
		for _, c := range list {
			fmt.Fprintf(&b, "    ValidateCert:Certificate %q\n", base64.StdEncoding.EncodeToString(c.Raw))
		}
	}
	if len(chain) > 0 {
		group("CertificateChain", chain)
	}
	group("Certificates", certificates)
	if checkCRL {
		b.WriteString("  ValidateCert:CheckCRL \"1\"\n")
	}
	return b.String()
}

// TestValidateCert has one certificate for each status; what makes it is tested in contacts/smime.
func TestValidateCert(t *testing.T) {
	var root *certified
	var lists *httptest.Server
	r := newRig(t, func(o *Options) {
		mux := http.NewServeMux()
		lists = httptest.NewServer(mux)
		t.Cleanup(lists.Close)
		early := &rig{t: t, clock: o.Now()}
		root = early.certify(nil, "", authority, func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign })
		list, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{
			Number: big.NewInt(1), ThisUpdate: o.Now(), NextUpdate: o.Now().Add(time.Hour),
			RevokedCertificateEntries: []x509.RevocationListEntry{{SerialNumber: big.NewInt(7777), RevocationTime: o.Now()}},
		}, root.Certificate, root.key)
		must(t, err)
		mux.HandleFunc("/list", func(w http.ResponseWriter, _ *http.Request) { w.Write(list) })
		o.Certificates = &smime.Validator{
			Roots: []*x509.Certificate{root.Certificate}, Only: true, Now: o.Now,
			CRLs: &smime.Revocations{Hosts: []string{strings.TrimPrefix(lists.URL, "http://")}},
		}
	})
	listed := func(c *x509.Certificate) { c.CRLDistributionPoints = []string{lists.URL + "/list"} }
	taken := func(c *x509.Certificate) { listed(c); c.SerialNumber = big.NewInt(7777) }
	ended := func(c *x509.Certificate) { c.NotAfter = c.NotBefore.Add(time.Hour) }
	good := r.certify(root, rita, listed)
	forged := &certified{Certificate: &x509.Certificate{Raw: slices.Clone(good.Raw)}}
	forged.Raw[len(forged.Raw)-2] ^= 1
	between := r.certify(root, "", authority, ended)
	web := r.certify(root, "", authority, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} })
	revoked := r.certify(root, "", authority, taken)
	tests := []struct {
		status int
		cert   *certified
	}{
		{1, good}, {3, forged}, {4, r.certify(nil, rita)}, {5, &certified{Certificate: &x509.Certificate{Raw: []byte("x")}}},
		{6, r.certify(root, rita, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} })},
		{7, r.certify(root, rita, ended)}, {8, r.certify(between, rita)}, {9, r.certify(web, rita)},
		{11, r.certify(good, rita)}, {13, r.certify(root, rita, taken)},
		{14, r.certify(root, rita, func(c *x509.Certificate) { c.CRLDistributionPoints = []string{lists.URL + "/nothing"} })},
		{15, r.certify(revoked, rita, listed)}, {16, r.certify(root, rita)},
	}
	var all []*certified
	want := "Status=1"
	for _, tt := range tests {
		all = append(all, tt.cert)
		want += fmt.Sprint(" Certificate= Status=", tt.status)
	}
	for _, v := range AllVersions {
		body := validation(true, []*certified{between, web, good, revoked}, all)
		if got := brief(r.do(call{cmd: "ValidateCert", version: v, body: body}).dump, "Status", "Certificate"); got != want {
			t.Errorf("%v:\n got %s\nwant %s", v, got, want)
		}
	}
	body := validation(false, nil, []*certified{tests[10].cert, tests[12].cert, tests[9].cert})
	if got := brief(r.do(call{cmd: "ValidateCert", body: body}).dump, "Status"); got != "Status=1 Status=1 Status=1 Status=13" {
		t.Errorf("without CheckCRL: %s", got)
	}
}

func TestValidateCertLimits(t *testing.T) {
	r := newRig(t)
	one := r.certify(nil, rita)
	many := func(n int) []*certified { return slices.Repeat([]*certified{one}, n) }
	for _, v := range AllVersions {
		for _, tt := range []struct {
			chain, list int
			want        string
		}{
			{0, 100, "Status=1" + strings.Repeat(" Status=4", 100)}, {100, 1, "Status=1 Status=4"}, {0, 101, "Status=2"}, {101, 1, "Status=2"},
		} {
			body := validation(false, many(tt.chain), many(tt.list))
			if got := brief(r.do(call{cmd: "ValidateCert", version: v, body: body}).dump, "Status"); got != tt.want {
				t.Errorf("%v: %d of %d: %.60s, want %.60s", v, tt.list, tt.chain, got, tt.want)
			}
		}
	}
}
