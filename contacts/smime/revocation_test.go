package smime

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// crl makes a list of what an authority took back.
func crl(t testing.TB, by *authority, change func(*x509.RevocationList), taken ...*authority) []byte {
	t.Helper()
	template := &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: today.Add(-time.Hour), NextUpdate: today.Add(24 * time.Hour)}
	for _, c := range taken {
		template.RevokedCertificateEntries = append(template.RevokedCertificateEntries,
			x509.RevocationListEntry{SerialNumber: c.SerialNumber, RevocationTime: today.Add(-2 * time.Hour), ReasonCode: 1})
	}
	if change != nil {
		change(template)
	}
	der, err := x509.CreateRevocationList(rand.Reader, template, by.Certificate, by.key)
	must(t, err)
	return der
}

// points names where the list of a certificate is.
func points(urls ...string) func(*x509.Certificate) {
	return func(c *x509.Certificate) { c.CRLDistributionPoints = urls }
}

func issuing(t testing.TB, p issuingPoint) func(*x509.RevocationList) {
	t.Helper()
	value, err := asn1.Marshal(p)
	must(t, err)
	return extension(oidIssuingPoint, value)
}

func extension(id asn1.ObjectIdentifier, value []byte) func(*x509.RevocationList) {
	return func(l *x509.RevocationList) {
		l.ExtraExtensions = append(l.ExtraExtensions, pkix.Extension{Id: id, Critical: true, Value: value})
	}
}

func uri(u string) asn1.RawValue {
	return asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: tagURI, Bytes: []byte(u)}
}

// A library serves lists and counts how often it is asked.
type library struct {
	*httptest.Server
	lists map[string][]byte
	asked atomic.Int32
}

func newLibrary(t testing.TB) *library {
	l := &library{lists: map[string][]byte{}}
	l.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l.asked.Add(1)
		to, n := strings.TrimPrefix(r.URL.Path, "/to/"), 0
		if list, ok := l.lists[r.URL.Path]; ok {
			w.Write(list)
		} else if _, err := fmt.Sscanf(r.URL.Path, "/round/%d", &n); err == nil {
			http.Redirect(w, r, fmt.Sprintf("/round/%d", n+1), http.StatusFound)
		} else if to != r.URL.Path {
			http.Redirect(w, r, "http://"+to, http.StatusFound)
		} else {
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(l.Close)
	return l
}

func (l *library) host() string { return strings.TrimPrefix(l.URL, "http://") }

func TestRevocation(t *testing.T) {
	l := newLibrary(t)
	root := issue(t, nil, "root", ca)
	stranger := issue(t, nil, "stranger", ca)
	middle := issue(t, root, "middle", ca, points(l.URL+"/root"))
	bad := issue(t, root, "bad", ca, points(l.URL+"/root"))
	at := func(path string) *authority { return issue(t, middle, "anna", points(l.URL+path)) }
	taken, back := at("/middle"), at("/middle")
	l.lists["/root"] = crl(t, root, nil, bad)
	l.lists["/middle"] = crl(t, middle, func(c *x509.RevocationList) {
		c.RevokedCertificateEntries = append(c.RevokedCertificateEntries,
			x509.RevocationListEntry{SerialNumber: back.SerialNumber, RevocationTime: today, ReasonCode: removeFromCRL})
	}, taken)
	l.lists["/bad"] = crl(t, bad, nil)
	l.lists["/strange"] = crl(t, stranger, nil)
	l.lists["/junk"] = []byte("junk")
	l.lists["/long"] = make([]byte, maxList+1)
	l.lists["/old"] = crl(t, middle, func(c *x509.RevocationList) { c.NextUpdate = today.Add(-time.Minute) })
	l.lists["/future"] = crl(t, middle, func(c *x509.RevocationList) { c.ThisUpdate = today.Add(time.Hour) })
	l.lists["/delta"] = crl(t, middle, extension(oidDelta, []byte{2, 1, 1}))
	l.lists["/critical"] = crl(t, middle, extension(asn1.ObjectIdentifier{1, 2, 3}, []byte{5, 0}))
	l.lists["/users"] = crl(t, middle, issuing(t, issuingPoint{OnlyUser: true}))
	l.lists["/authorities"] = crl(t, middle, issuing(t, issuingPoint{OnlyCA: true}))
	l.lists["/reasons"] = crl(t, middle, issuing(t, issuingPoint{Reasons: asn1.BitString{Bytes: []byte{0x40}, BitLength: 2}}))
	l.lists["/indirect"] = crl(t, middle, issuing(t, issuingPoint{Indirect: true}))
	l.lists["/this"] = crl(t, middle, issuing(t, issuingPoint{Point: pointName{Full: []asn1.RawValue{uri(l.URL + "/this")}}}))
	l.lists["/that"] = crl(t, middle, issuing(t, issuingPoint{Point: pointName{Full: []asn1.RawValue{uri(l.URL + "/elsewhere")}}}))

	l.lists["/relative"] = crl(t, middle, issuing(t, issuingPoint{Point: pointName{
		Relative: asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 1, IsCompound: true, Bytes: []byte{0x30, 0}},
	}}))

	tests := []struct {
		name    string
		cert    *authority
		by      *authority
		want    Outcome // strict
		lenient Outcome
	}{
		{"nobody took it back", at("/middle"), middle, Valid, Valid},
		{"taken back", taken, middle, Revoked, Revoked},
		{"taken back and given again", back, middle, Valid, Valid},
		{"issuer taken back", issue(t, bad, "anna", points(l.URL+"/bad")), bad, IssuerRevoked, IssuerRevoked},
		{"no list is named", issue(t, middle, "anna"), middle, RevocationNotKnown, Valid},
		{"only another kind of address", issue(t, middle, "anna", points("ldap://x/y", "https://x/y", "file:///etc/passwd")), middle, RevocationNotKnown, Valid},
		{"not there", at("/nothing"), middle, RevocationOffline, Valid},
		{"the second address has it", issue(t, middle, "anna", points(l.URL+"/nothing", l.URL+"/middle")), middle, Valid, Valid},
		{"the fifth is not asked", issue(t, middle, "anna", points(l.URL+"/1", l.URL+"/2", l.URL+"/3", l.URL+"/middle")), middle, RevocationOffline, Valid},
		{"another signed it", at("/strange"), middle, RevocationOffline, Valid},
		{"unreadable", at("/junk"), middle, RevocationOffline, Valid},
		{"too long", at("/long"), middle, RevocationOffline, Valid},
		{"outdated", at("/old"), middle, RevocationOffline, Valid},
		{"of tomorrow", at("/future"), middle, RevocationOffline, Valid},
		{"delta", at("/delta"), middle, RevocationOffline, Valid},
		{"critical extension", at("/critical"), middle, RevocationOffline, Valid},
		{"indirect", at("/indirect"), middle, RevocationOffline, Valid},
		{"of users", at("/users"), middle, Valid, Valid},
		{"of authorities", at("/authorities"), middle, RevocationNotKnown, Valid},
		{"of some reasons", at("/reasons"), middle, RevocationNotKnown, Valid},
		{"of this point", at("/this"), middle, Valid, Valid},
		{"of another point", at("/that"), middle, RevocationNotKnown, Valid},
		{"of a point with a relative name", at("/relative"), middle, RevocationNotKnown, Valid},
		{"redirected", at("/to/" + l.host() + "/middle"), middle, Valid, Valid},
		{"redirected for ever", at("/round/1"), middle, RevocationOffline, Valid},
	}
	v := &Validator{
		Roots: []*x509.Certificate{root.Certificate}, Only: true, CRLs: &Revocations{Hosts: []string{l.host()}},
		Now: func() time.Time { return today },
	}
	for _, tt := range tests {
		var chain Chain
		chain.Add(tt.by.Raw)
		if got := v.Validate(t.Context(), tt.cert.Raw, chain, true); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
		if got := v.Validate(t.Context(), tt.cert.Raw, chain, false); got != tt.lenient {
			t.Errorf("%s, not strict: %d, want %d", tt.name, got, tt.lenient)
		}
	}
}

// TestListsAreKept: a list is fetched once an hour, one that is missing once a minute, and nothing for a
// certificate of a root that is not trusted.
func TestListsAreKept(t *testing.T) {
	l := newLibrary(t)
	now := today
	root, stranger := issue(t, nil, "root", ca), issue(t, nil, "stranger", ca)
	l.lists["/root"] = crl(t, root, nil)
	v := &Validator{
		Roots: []*x509.Certificate{root.Certificate}, Only: true, CRLs: &Revocations{Hosts: []string{l.host()}},
		Now: func() time.Time { return now },
	}
	steps := []struct {
		name  string
		by    *authority
		path  string
		after time.Duration
		asked int32
		want  Outcome
	}{
		{"first", root, "/root", 0, 1, Valid},
		{"again", root, "/root", 59 * time.Minute, 1, Valid},
		{"an hour later", root, "/root", time.Minute, 2, Valid},
		{"missing", root, "/nothing", 0, 3, RevocationOffline},
		{"still missing", root, "/nothing", 59 * time.Second, 3, RevocationOffline},
		{"asked again", root, "/nothing", time.Second, 4, RevocationOffline},
		{"a stranger's", stranger, "/root", 0, 4, Untrusted},
	}
	for _, s := range steps {
		now = now.Add(s.after)
		got := v.Validate(t.Context(), issue(t, s.by, "anna", points(l.URL+s.path)).Raw, Chain{}, true)
		if got != s.want || l.asked.Load() != s.asked {
			t.Errorf("%s: %d after %d requests, want %d after %d", s.name, got, l.asked.Load(), s.want, s.asked)
		}
	}
}

// TestBoundedMemory: no more lists are held than allowed, and their sizes add up.
func TestBoundedMemory(t *testing.T) {
	l := newLibrary(t)
	root := issue(t, nil, "root", ca)
	list := crl(t, root, nil)
	r := &Revocations{Hosts: []string{l.host()}}
	for i := range maxLists + 20 {
		path := fmt.Sprintf("/%d", i)
		l.lists[path] = list
		if s := r.status(t.Context(), issue(t, root, "anna", points(l.URL+path)).Certificate, root.Certificate, today); s != good {
			t.Fatalf("list %d: %d, want %d", i, s, good)
		}
	}
	if len(r.lists) != maxLists || r.size != maxLists*len(list) {
		t.Errorf("%d lists of %d bytes held, want %d of %d", len(r.lists), r.size, maxLists, maxLists*len(list))
	}
}

// TestOnlyPublicAddresses: without the operator's word nothing of this host or its networks is asked, whatever
// the name and the way there.
func TestOnlyPublicAddresses(t *testing.T) {
	inside := newLibrary(t)
	root := issue(t, nil, "root", ca)
	inside.lists["/root"] = crl(t, root, nil)
	r := &Revocations{}
	for _, u := range []string{inside.URL + "/root", "http://localhost/root", "http://127.0.0.1/root", "http://[::1]/root", "http://[::ffff:127.0.0.1]/root", "http://0.0.0.0/", "http://2130706433/"} {
		s := r.status(t.Context(), issue(t, root, "anna", points(u)).Certificate, root.Certificate, today)
		if s == good || inside.asked.Load() > 0 {
			t.Errorf("%s was asked", u)
		}
	}
	// A library that the operator named sends the server to one that he did not.
	outside := newLibrary(t)
	r = &Revocations{Hosts: []string{outside.host()}}
	s := r.status(t.Context(), issue(t, root, "anna", points(outside.URL+"/to/"+inside.host()+"/root")).Certificate, root.Certificate, today)
	if s != offline || inside.asked.Load() > 0 || outside.asked.Load() != 1 {
		t.Errorf("redirected inside: %d, %d requests there", s, inside.asked.Load())
	}
}

func TestRefusedURLs(t *testing.T) {
	r := &Revocations{Hosts: []string{"pki.example.test", "ca.example.test:8080"}}
	tests := []struct {
		url string
		ok  bool
	}{
		{"http://crl.example.test/a.crl", true}, {"http://crl.example.test:80/a.crl", true},
		{"http://crl.example.test:8080/a.crl", false}, {"https://crl.example.test/a.crl", false},
		{"http://me@crl.example.test/a.crl", false}, {"http:///a.crl", false}, {"/a.crl", false}, {"ftp://crl.example.test/", false},
		{"http://PKI.example.test/a.crl", true}, {"http://pki.example.test:81/a.crl", false}, {"http://ca.example.test:8080/a.crl", true},
		{"http://crl.example.test/" + strings.Repeat("a", maxURL), false},
	}
	for _, tt := range tests {
		u, err := url.Parse(tt.url)
		must(t, err)
		if err := r.refuse(u); (err == nil) != tt.ok {
			t.Errorf("%.40s: %v, want ok %v", tt.url, err, tt.ok)
		}
	}
}

func FuzzScope(f *testing.F) {
	for _, p := range []issuingPoint{{OnlyUser: true}, {Point: pointName{Full: []asn1.RawValue{uri("http://x/")}}}} {
		value, err := asn1.Marshal(p)
		must(f, err)
		f.Add(value)
	}
	cert := issue(f, nil, "anna").Certificate
	f.Fuzz(func(t *testing.T, value []byte) {
		s, err := scopeOf([]pkix.Extension{{Id: oidIssuingPoint, Critical: true, Value: value}})
		if err == nil {
			s.covers(cert, "http://x/")
		}
	})
}

// TestOneFetch: many who want a list at the same time have it fetched once.
func TestOneFetch(t *testing.T) {
	root := issue(t, nil, "root", ca)
	list := crl(t, root, nil)
	begun, goOn := make(chan struct{}), make(chan struct{})
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if asked.Add(1) == 1 {
			close(begun)
		}
		<-goOn
		w.Write(list)
	}))
	defer server.Close()
	r := &Revocations{Hosts: []string{strings.TrimPrefix(server.URL, "http://")}}
	cert := issue(t, root, "anna", points(server.URL)).Certificate
	results := make(chan state, 10)
	ask := func() { results <- r.status(t.Context(), cert, root.Certificate, today) }
	go ask()
	<-begun
	for range 9 {
		go ask()
	}
	impatient, cancel := context.WithCancel(t.Context())
	cancel()
	if s := r.status(impatient, cert, root.Certificate, today); s != offline {
		t.Errorf("one who does not wait: %d, want %d", s, offline)
	}
	close(goOn)
	for range 10 {
		if s := <-results; s != good {
			t.Errorf("%d, want %d", s, good)
		}
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("fetched %d times", n)
	}
}

// TestSlowLibrary: a library that does not answer holds nobody longer than the time of a fetch.
func TestSlowLibrary(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &Revocations{}
		r.prepare()
		r.client.Transport = roundTrip(func(req *http.Request) (*http.Response, error) {
			<-req.Context().Done()
			return nil, req.Context().Err()
		})
		root := issue(t, nil, "root", ca)
		begun := time.Now()
		s := r.status(t.Context(), issue(t, root, "anna", points("http://crl.example.test/")).Certificate, root.Certificate, today)
		if took := time.Since(begun); s != offline || took != fetchTime {
			t.Errorf("%d after %v, want %d after %v", s, took, offline, fetchTime)
		}
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// FuzzValidate changes certificates, issuers and roots that are good, which must harm nobody.
func FuzzValidate(f *testing.F) {
	root := issue(f, nil, "root", ca)
	middle := issue(f, root, "middle", ca)
	f.Add(issue(f, middle, "anna").Raw, middle.Raw, root.Raw)
	f.Add(issue(f, root, "anna").Raw, root.Raw, root.Raw)
	f.Add(issue(f, nil, "anna").Raw, []byte{}, []byte{})
	f.Fuzz(func(t *testing.T, leaf, issuer, trusted []byte) {
		v := &Validator{Only: true, Now: func() time.Time { return today }}
		if c, err := Parse(trusted); err == nil {
			v.Roots = []*x509.Certificate{c}
		}
		var chain Chain
		chain.Add(issuer)
		if o := v.Validate(t.Context(), leaf, chain, false); o < Valid || o > Undecided {
			t.Errorf("outcome %d", o)
		}
	})
}
