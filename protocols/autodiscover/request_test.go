package autodiscover

import (
	"errors"
	"strings"
	"testing"
)

func TestParseRequest(t *testing.T) {
	body := func(inner string) string {
		return `<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/mobilesync/requestschema/2006">` + inner + `</Autodiscover>`
	}
	const accept = "<AcceptableResponseSchema>" + string(mobileSync) + "</AcceptableResponseSchema>"
	tests := []struct {
		name, in string
		want     request
		err      error
	}{
		{"as in the dossier", posting("rita@example.test", mobileSync), request{"rita@example.test", mobileSync}, nil},
		{"outlook", posting("rita@example.test", outlook), request{"rita@example.test", outlook}, nil},
		{"spaces and case", body("<Request>\n <EMailAddress>\n Rita@EXAMPLE.test </EMailAddress>" + accept + "</Request>"), request{"rita@example.test", mobileSync}, nil},
		{"schema from the namespace", body("<Request><EMailAddress>rita@example.test</EMailAddress></Request>"), request{"rita@example.test", mobileSync}, nil},
		{"prefixed", `<a:Autodiscover xmlns:a="x"><a:Request><a:EMailAddress>rita@example.test</a:EMailAddress><a:AcceptableResponseSchema>` + string(mobileSync) + `</a:AcceptableResponseSchema></a:Request></a:Autodiscover>`, request{"rita@example.test", mobileSync}, nil},
		{"text in pieces", body("<Request><EMailAddress>rita<!-- c -->@<![CDATA[example]]>.te&#115;t</EMailAddress>" + accept + "</Request>"), request{"rita@example.test", mobileSync}, nil},
		{"byte order mark", "\ufeff" + posting("rita@example.test", mobileSync), request{"rita@example.test", mobileSync}, nil},
		{"empty", "", request{}, errRequest},
		{"no XML", "hello", request{}, errRequest},
		{"cut off", posting("rita@example.test", mobileSync)[:150], request{}, errRequest},
		{"two requests", body("<Request><EMailAddress>rita@example.test</EMailAddress>" + accept + "</Request><Request/>"), request{}, errRequest},
		{"no address", body("<Request>" + accept + "</Request>"), request{}, errRequest},
		{"bad address", posting("rita", mobileSync), request{}, errRequest},
		{"two addresses", body("<Request><EMailAddress>a@example.test</EMailAddress><EMailAddress>b@example.test</EMailAddress>" + accept + "</Request>"), request{}, errRequest},
		{"other schema", posting("rita@example.test", "http://example.test/other"), request{}, errSchema},
		{"other root", "<X>" + "<Request/></X>", request{}, errRequest},
		{"entity bomb", `<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><Autodiscover><Request><EMailAddress>&b;</EMailAddress></Request></Autodiscover>`, request{}, errRequest},
		{"deep", strings.Repeat("<a>", 1000), request{}, errRequest},
		{"charset", `<?xml version="1.0" encoding="utf-16"?>` + posting("rita@example.test", mobileSync)[38:], request{}, errRequest},
	}
	for _, tt := range tests {
		got, err := parseRequest(strings.NewReader(tt.in))
		if got != tt.want || !errors.Is(err, tt.err) {
			t.Errorf("%s: %+v, %v; want %+v, %v", tt.name, got, err, tt.want, tt.err)
		}
	}
}

func FuzzParseRequest(f *testing.F) {
	f.Add(posting("rita@example.test", mobileSync))
	f.Add(posting("rita@example.test", outlook))
	f.Add("<Autodiscover><Request/></Autodiscover>")
	f.Fuzz(func(t *testing.T, in string) {
		q, err := parseRequest(strings.NewReader(in))
		if err != nil {
			if !errors.Is(err, errRequest) && !errors.Is(err, errSchema) {
				t.Errorf("error %v is neither errRequest nor errSchema", err)
			}
			return
		}
		if again, err := parseRequest(strings.NewReader(posting(xmlEscape(q.address), q.schema))); err != nil || again != q {
			t.Errorf("again: %+v, %v; want %+v", again, err, q)
		}
	})
}

func xmlEscape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}
