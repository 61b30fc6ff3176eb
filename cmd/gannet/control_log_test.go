package main

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/gannetmail/gannet/store"
)

func TestLogVerb(t *testing.T) {
	tests := []struct {
		verb, request string
		err           error
		want          string
	}{
		{"account.add", `{"name":"a@b.test","password":"swordfish"}`, nil, "level=INFO msg=operator verb=account.add account=a@b.test"},
		{"account.disable", `{"name":"a@b.test","disabled":true}`, nil, "level=INFO msg=operator verb=account.disable account=a@b.test disabled=true"},
		{"domain.add", `{"name":"b.test"}`, store.Exists, `level=WARN msg=operator verb=domain.add domain=b.test error="already exists"`},
		{"alias.add", `{"address":"x@b.test","accounts":["a@b.test","c@b.test"]}`, nil, `level=INFO msg=operator verb=alias.add alias=x@b.test to="a@b.test c@b.test"`},
		{"device.access", `{"account":"a@b.test","id":"P1","access":1}`, nil, "level=INFO msg=operator verb=device.access account=a@b.test device=P1 access=" + accessText[1]},
		{"device.wipe", `{"account":"a@b.test","id":"P1","whole":true}`, nil, "level=INFO msg=operator verb=device.wipe account=a@b.test device=P1 whole_device=true"},
		{"device.policy.change", `{"address":"x@b.test","set":{"B":"2","A":"1"},"unset":["C"]}`, nil, `level=INFO msg=operator verb=device.policy.change alias=x@b.test set="A=1 B=2" unset=C`},
		{"device.rules.change", `{"add":"type=x*","decision":"block","text":"t"}`, nil, `level=INFO msg=operator verb=device.rules.change add="type=x*" decision=block`},
		{"share.add", `{"owner":"a@b.test","folder":"Calendar","with":"everyone","rights":"read"}`, nil, "level=INFO msg=operator verb=share.add account=a@b.test folder=Calendar with=everyone rights=read"},
		{"queue.remove", `{"ids":[3,4]}`, nil, `level=INFO msg=operator verb=queue.remove ids="[3 4]"`},
		{"backup", `{"path":"/b.tar"}`, errors.New("disk"), "level=ERROR msg=operator verb=backup path=/b.tar error=disk"},
		{"status", `{}`, nil, "level=INFO msg=operator verb=status"},
		{"status", `{`, store.Invalid, "level=WARN msg=operator verb=status error=invalid"},
	}
	for _, tt := range tests {
		var out bytes.Buffer
		a := &admin{log: slog.New(slog.NewTextHandler(&out, nil))}
		a.logVerb(t.Context(), tt.verb, []byte(tt.request), tt.err)
		if _, got, _ := strings.Cut(strings.TrimSpace(out.String()), " "); got != tt.want {
			t.Errorf("%s %s was logged as\n%s\nwant\n%s", tt.verb, tt.request, got, tt.want)
		}
	}
}
