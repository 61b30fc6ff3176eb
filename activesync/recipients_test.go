package activesync

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"image"
	"image/jpeg"
	"math/big"
	"strings"
	"testing"

	"github.com/gannetmail/gannet/calendar"
	"github.com/gannetmail/gannet/contacts"
	"github.com/gannetmail/gannet/store"
)

// A certified is a certificate with its key.
type certified struct {
	*x509.Certificate
	key *ecdsa.PrivateKey
}

var certificates int64

// certify makes a certificate for mail that is valid at the rig's time for a year; by nil it signs itself.
func (r *rig) certify(by *certified, addr string, change ...func(*x509.Certificate)) *certified {
	r.t.Helper()
	certificates++
	template := &x509.Certificate{
		SerialNumber: big.NewInt(certificates), NotBefore: r.clock.AddDate(0, -1, 0), NotAfter: r.clock.AddDate(1, 0, 0),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection}, BasicConstraintsValid: true,
	}
	template.Subject.CommonName = fmt.Sprint("number ", certificates)
	if addr != "" {
		template.EmailAddresses = []string{addr}
	}
	for _, f := range change {
		f(template)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(r.t, err)
	parent, signer := template, key
	if by != nil {
		parent, signer = by.Certificate, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	must(r.t, err)
	c, err := x509.ParseCertificate(der)
	must(r.t, err)
	return &certified{c, key}
}

// authority makes a certificate one of an authority.
func authority(c *x509.Certificate) { c.IsCA, c.ExtKeyUsage = true, nil }

// keep adds a certificate to an account.
func (r *rig) keep(a store.Account, c *certified) {
	r.t.Helper()
	must(r.t, r.st.Update(r.t.Context(), 0, func(tx store.Tx) error {
		_, err := contacts.AddCertificate(tx, a.ID, c.Raw, r.clock)
		return err
	}))
}

// photo gives an account a photo and returns it.
func (r *rig) photo(a store.Account, side int) []byte {
	r.t.Helper()
	var b bytes.Buffer
	must(r.t, jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, side, side)), nil))
	must(r.t, r.st.Update(r.t.Context(), 0, func(tx store.Tx) error { return contacts.WritePhoto(tx, a.ID, b.Bytes()) }))
	return b.Bytes()
}

// hire adds accounts named person0, person1, … and returns them.
func (r *rig) hire(n int) []store.AccountID {
	r.t.Helper()
	var list []store.AccountID
	must(r.t, r.st.Update(r.t.Context(), 0, func(tx store.Tx) error {
		for i := range n {
			a, err := tx.CreateAccount(store.Account{Name: fmt.Sprintf("person%d@example.test", i), Display: fmt.Sprintf("Person %c", 'A'+i)})
			if err != nil {
				return err
			}
			list = append(list, a.ID)
		}
		return nil
	}))
	return list
}

func (r *rig) list(name string, members ...store.AccountID) {
	r.t.Helper()
	must(r.t, r.st.Update(r.t.Context(), 0, func(tx store.Tx) error {
		return tx.PutAlias(store.Alias{Address: name + "@example.test", Accounts: members})
	}))
}

// resolve sends ResolveRecipients for To with options as a dump, indented by four, and returns the answer in
// short: the texts of the elements named, in their order.
func (r *rig) resolve(v Version, to, options string, show ...string) string {
	r.t.Helper()
	body := "ResolveRecipients:ResolveRecipients\n"
	for name := range strings.SplitSeq(to, ",") {
		body += fmt.Sprintf("  ResolveRecipients:To %q\n", name)
	}
	if options != "" {
		body += "  ResolveRecipients:Options\n"
	}
	for line := range strings.SplitSeq(options, "\n") {
		if line != "" {
			body += "    " + strings.Replace(line, "RR:", "ResolveRecipients:", 1) + "\n"
		}
	}
	return brief(r.do(call{cmd: "ResolveRecipients", version: v, body: body}).dump, show...)
}

// brief writes a dump in one line: local names with their text, those named only if any are.
func brief(dump string, show ...string) string {
	var out []string
	for line := range strings.Lines(dump) {
		tag, text, _ := strings.Cut(strings.TrimSpace(line), " ")
		_, name, _ := strings.Cut(tag, ":")
		if strings.Contains(" "+strings.Join(show, " ")+" ", " "+name+" ") {
			out = append(out, name+"="+strings.Trim(text, `"`))
		}
	}
	return strings.Join(out, " ")
}

func TestAmbiguous(t *testing.T) {
	once(t)
	for _, v := range AllVersions {
		r := newRig(t)
		r.list("pilots", r.hire(12)...)
		tests := []struct {
			to, options, want string
		}{
			{"person", "", "Status=1 Status=2 RecipientCount=12" + strings.Repeat(" Recipient=", 12)},
			{"person", `RR:MaxAmbiguousRecipients "3"`, "Status=1 Status=3 RecipientCount=12" + strings.Repeat(" Recipient=", 3)},
			{"person", `RR:MaxAmbiguousRecipients "0"`, "Status=1 Status=3 RecipientCount=12"},
			{"person", `RR:MaxAmbiguousRecipients "9999"`, "Status=1 Status=2 RecipientCount=12" + strings.Repeat(" Recipient=", 12)},
			{"person", `RR:MaxAmbiguousRecipients "10000"`, "Status=5"},
			{"person", `RR:MaxAmbiguousRecipients "-1"`, "Status=5"},
			{"person a", `RR:MaxAmbiguousRecipients "0"`, "Status=1 Status=1 RecipientCount=1 Recipient="},
			{"person", `RR:CertificateRetrieval "2"`, "Status=1 Status=2 RecipientCount=12" + strings.Repeat(" Recipient=", 12)},
			{"person", `RR:CertificateRetrieval "4"`, "Status=5"},
			{"person", `RR:MaxCertificates "10000"`, "Status=5"},
			{strings.Repeat("é", 256), "", "Status=1 Status=4"},
			{strings.Repeat("é", 257), "", "Status=5"},
			{"rita" + strings.Repeat(",x", 99), "", "Status=1 Status=1 RecipientCount=1 Recipient=" + strings.Repeat(" Status=4", 99)},
			{"rita" + strings.Repeat(",x", 100), "", "Status=5"},
			{"pilots", "", "Status=1 Status=1 RecipientCount=1 Recipient="},
		}
		for _, tt := range tests {
			if got := r.resolve(v, tt.to, tt.options, "Status", "RecipientCount", "Recipient"); got != tt.want {
				t.Errorf("%v: %.30s with %s:\n got %s\nwant %s", v, tt.to, tt.options, got, tt.want)
			}
		}
	}
}

func TestResolveCertificates(t *testing.T) {
	r := newRig(t)
	people := r.hire(3)
	first, second := r.certify(nil, rita), r.certify(nil, rita, func(c *x509.Certificate) { c.NotAfter = c.NotAfter.AddDate(1, 0, 0) })
	r.keep(r.rita, first)
	r.keep(r.rita, second)
	r.keep(r.otto, r.certify(nil, otto))
	old := r.certify(nil, "person0@example.test", func(c *x509.Certificate) { c.NotAfter = r.clock.Add(1) })
	r.keep(store.Account{ID: people[0]}, old)
	r.clock = r.clock.Add(2)
	r.list("team", r.rita.ID, r.otto.ID, people[1])
	whole, mini := `RR:CertificateRetrieval "2"`, `RR:CertificateRetrieval "3"`
	tests := []struct {
		to, options, want string
	}{
		{rita, "", ""},
		{rita, `RR:CertificateRetrieval "1"`, ""},
		{rita, whole, "Certificates= Status=1 CertificateCount=2 RecipientCount=1 Certificate=2 Certificate=1"},
		{rita, whole + "\n" + `RR:MaxCertificates "2"`, "Certificates= Status=1 CertificateCount=2 RecipientCount=1 Certificate=2 Certificate=1"},
		{rita, whole + "\n" + `RR:MaxCertificates "1"`, "Certificates= Status=8 CertificateCount=2 RecipientCount=1"},
		{rita, mini, "Certificates= Status=1 CertificateCount=2 RecipientCount=1 MiniCertificate=2"},
		{"person0@example.test", whole, "Certificates= Status=7 CertificateCount=0 RecipientCount=1"},
		{"team", whole, "Certificates= Status=1 CertificateCount=3 RecipientCount=3 Certificate=2 Certificate=1 Certificate=?"},
		{"team", whole + "\n" + `RR:MaxCertificates "2"`, "Certificates= Status=8 CertificateCount=3 RecipientCount=3"},
		{"team", mini, "Certificates= Status=1 CertificateCount=3 RecipientCount=3"},
		{otto + "," + rita + "," + otto, whole + "\n" + `RR:MaxCertificates "2"`, "Certificates= Status=1 CertificateCount=1 RecipientCount=1 Certificate=? Certificates= Status=8 CertificateCount=2 RecipientCount=1 Certificates= Status=1 CertificateCount=1 RecipientCount=1 Certificate=?"},
	}
	names := map[string]string{
		base64.StdEncoding.EncodeToString(first.Raw): "1", base64.StdEncoding.EncodeToString(second.Raw): "2",
	}
	for _, v := range AllVersions {
		for _, tt := range tests {
			got := r.resolve(v, tt.to, tt.options, "Certificates", "Status", "CertificateCount", "RecipientCount", "Certificate", "MiniCertificate")
			var kept []string
			for field := range strings.FieldsSeq(strings.ReplaceAll(got, "Status=1 Status=1 RecipientCount=1", "Status=1 RecipientCount=1")) {
				name, value, _ := strings.Cut(field, "=")
				if strings.HasSuffix(name, "Certificate") {
					if field = name + "=" + names[value]; names[value] == "" {
						field = name + "=?"
					}
				}
				kept = append(kept, field)
			}
			got = strings.ReplaceAll(strings.Join(kept, " ")+" ", "Status=1 RecipientCount=1 ", "")
			if strings.TrimSpace(got) != tt.want {
				t.Errorf("%v: %s with %s:\n got %s\nwant %s", v, tt.to, tt.options, got, tt.want)
			}
		}
	}
}

func TestResolvePictures(t *testing.T) {
	r := newRig(t)
	small, large := r.photo(r.rita, 8), r.photo(r.otto, 96)
	r.hire(1)
	r.list("team", r.rita.ID, r.otto.ID)
	all := rita + "," + otto + ",person0@example.test,team,nobody"
	tests := []struct {
		options string
		want    string
	}{
		{"RR:Picture", "Status=1 Data=small Status=1 Data=large Status=173 Status=173"},
		{"RR:Picture\n  RR:MaxSize \"" + fmt.Sprint(len(small)) + `"`, "Status=1 Data=small Status=174 Status=173 Status=173"},
		{"RR:Picture\n  RR:MaxPictures \"1\"", "Status=1 Data=small Status=175 Status=173 Status=173"},
		{"RR:Picture\n  RR:MaxPictures \"0\"\n  RR:MaxSize \"1\"", "Status=174 Status=174 Status=173 Status=173"},
	}
	names := strings.NewReplacer(base64.StdEncoding.EncodeToString(small), "small", base64.StdEncoding.EncodeToString(large), "large")
	for _, v := range AllVersions {
		for _, tt := range tests {
			want := tt.want
			if v < V141 {
				want = ""
			}
			dump := r.resolve(v, all, tt.options, "Picture", "Status", "Data")
			var got []string
			for _, part := range strings.Split(names.Replace(dump), "Picture= ")[1:] {
				if before, _, cut := strings.Cut(part, " Status=1 Picture"); cut {
					part = before
				}
				status, rest, _ := strings.Cut(strings.TrimSpace(part), " ")
				got = append(got, status)
				if strings.HasPrefix(rest, "Data=") {
					data, _, _ := strings.Cut(rest, " ")
					got = append(got, data)
				}
			}
			if strings.Join(got, " ") != want {
				t.Errorf("%v: %q:\n got %s\nwant %s", v, tt.options, strings.Join(got, " "), want)
			}
		}
	}
	if got := r.resolve(V141, rita, "RR:Picture\n  RR:MaxSize \"-2\"", "Status"); got != "Status=5" {
		t.Errorf("negative size: %s", got)
	}
}

func TestAvailability(t *testing.T) {
	r := newRig(t)
	people := r.hire(21)
	r.list("few", people[:20]...)
	r.list("many", people...)
	r.plan(r.otto, "UID:1", "DTSTART:20260822T103000Z", "DTEND:20260822T110000Z")
	r.plan(r.otto, "UID:2", "DTSTART:20260821T100000Z", "DTEND:20260821T103000Z", "RRULE:FREQ=DAILY", "X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE")
	r.list("both", r.otto.ID, r.rita.ID)
	from := "RR:Availability\n  RR:StartTime \"2026-08-22T10:00:00.000Z\"\n"
	tests := []struct {
		to, options string
		want        string
	}{
		{rita, from, strings.Repeat("0", 7*48)},
		{rita, from + `  RR:EndTime "2026-08-22T10:30:00.000Z"`, "0"},
		{rita, from + `  RR:EndTime "2026-08-22T10:31:00.000Z"`, "00"},
		{rita, from + `  RR:EndTime "20260822T110000Z"`, "00"},
		{rita, from + `  RR:EndTime "2026-10-03T10:00:00.000Z"`, strings.Repeat("0", 42*48)},
		{rita, from + `  RR:EndTime "2026-10-03T10:00:01.000Z"`, "Status=5"},
		{rita, from + `  RR:EndTime "2026-08-22T10:29:59.000Z"`, "Status=5"},
		{rita, from + `  RR:EndTime "2026-08-21T10:00:00.000Z"`, "Status=5"},
		{rita, from + `  RR:EndTime "tomorrow"`, "Status=5"},
		{rita, "RR:Availability", "Status=5"},
		{rita, "RR:Availability\n  RR:EndTime \"2026-08-22T10:30:00.000Z\"", "Status=5"},
		{"few", from + `  RR:EndTime "2026-08-22T11:00:00.000Z"`, "00"},
		{otto, from + `  RR:EndTime "2026-08-22T11:30:00.000Z"`, "120"},
		{"both", from + `  RR:EndTime "2026-08-22T11:00:00.000Z"`, "12"},
		{"many", from + `  RR:EndTime "2026-08-22T11:00:00.000Z"`, "Status=161"},
		{"person", from, ""}, {"nobody", from, ""},
	}
	for _, v := range AllVersions {
		for _, tt := range tests {
			want := strings.TrimSuffix("Availability= Status=1 MergedFreeBusy="+tt.want, " MergedFreeBusy=")
			switch {
			case tt.want == "Status=161":
				want = "Availability= Status=161"
			case strings.HasPrefix(tt.want, "Status"):
				want = tt.want
			case tt.want == "":
				want = ""
			}
			got := r.resolve(v, tt.to, tt.options, "Status", "Availability", "MergedFreeBusy")
			if _, rest, ok := strings.Cut(got, "Availability"); ok {
				got = "Availability" + rest
			} else if got != "Status=5" {
				got = ""
			}
			if v < V140 {
				want = ""
			}
			if got != want {
				t.Errorf("%v: %s with %q:\n got %s\nwant %s", v, tt.to, tt.options, got, want)
			}
		}
	}
}

// plan puts an event of lines into somebody's calendar.
func (r *rig) plan(who store.Account, lines ...string) {
	r.t.Helper()
	text := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nDTSTAMP:20260101T000000Z\r\n" + strings.Join(lines, "\r\n") + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
	item, err := calendar.Ingest(r.t.Context(), r.st, []byte(text))
	must(r.t, err)
	defer item.Blob.Release()
	must(r.t, r.st.Update(r.t.Context(), who.ID, func(tx store.Tx) error {
		c, err := tx.CollectionByRole(store.MainCal)
		if err == nil {
			_, err = tx.Add(c.ID, item)
		}
		return err
	}))
}
