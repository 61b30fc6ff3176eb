package activesync

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// b64 packs a base64 request line from its pieces.
func b64(pieces ...string) string {
	return base64.StdEncoding.EncodeToString([]byte(strings.Join(pieces, "")))
}

func TestParseQuery(t *testing.T) {
	worked := Query{ByCode: true, Version: V140, Locale: 0x409, DeviceID: "v140Device", DeviceType: "SmartPhone"}
	tests := []struct {
		name string
		raw  string
		want Query
	}{
		{"order of the grammar", "Cmd=FolderSync&User=rita%40example.org&DeviceId=ApplDNQHG1&DeviceType=iPhone",
			Query{Command: "FolderSync", User: "rita@example.org", DeviceID: "ApplDNQHG1", DeviceType: "iPhone"}},
		{"order of iOS", "User=rita&DeviceId=A1&DeviceType=iPad&Cmd=Ping",
			Query{Command: "Ping", User: "rita", DeviceID: "A1", DeviceType: "iPad"}},
		{"names in any case", "cmd=Sync&USER=HOME%5Crita&deviceid=A1&devicetype=SP",
			Query{Command: "Sync", User: `HOME\rita`, DeviceID: "A1", DeviceType: "SP"}},
		{"parameters of the commands", "Cmd=SmartReply&User=r&DeviceId=d&DeviceType=t&CollectionId=c5&ItemId=c5%3A7&LongId=L&Occurrence=20260101T000000Z&SaveInSent=T&AttachmentName=a%20b",
			Query{Command: "SmartReply", User: "r", DeviceID: "d", DeviceType: "t", CollectionID: "c5", ItemID: "c5:7", LongID: "L", Occurrence: "20260101T000000Z", SaveInSent: true, Attachment: "a b"}},
		{"no device", "Cmd=Sync&User=r", Query{Command: "Sync", User: "r"}},
		{"broken escape", "Cmd=Sync&User=%zz&DeviceId=d&DeviceType=t", Query{Command: "Sync", User: "%zz", DeviceID: "d", DeviceType: "t"}},
		{"worked example of MS-ASHTTP", "jAAJBAp2MTQwRGV2aWNlAApTbWFydFBob25l", worked},
		{"percent-encoded", "jAAJBAp2MTQwRGV2aWNlAApTbWFydFBob25l%3D", worked},
		{"stray ampersand", "jAAJBAp2MTQwRGV2aWNlAApTbWFydFBob25l&", worked},
		{"policy key and parameters",
			b64("\x8d\x03\x07\x04", "\x02d1", "\x04\x78\x56\x34\x12", "\x02SP", "\x01\x02c5", "\x03\x04c5:7", "\x07\x01\x03", "\x08\x04rita", "\x05\x01x"),
			Query{ByCode: true, Version: V141, Code: 3, Locale: 0x407, DeviceID: "d1", DeviceType: "SP", PolicyKey: 0x12345678, HasKey: true,
				CollectionID: "c5", ItemID: "c5:7", SaveInSent: true, MultiPart: true, User: "rita"}},
		{"binary device id", b64("\x79\x12\x09\x04", "\x04\x00\x01\xfe\xff", "\x00", "\x02SP"),
			Query{ByCode: true, Version: V121, Code: 18, Locale: 0x409, DeviceID: "0001feff", DeviceType: "SP"}},
		{"the same in the plain form", "Cmd=Ping&DeviceId=%00%01%fe%ff&DeviceType=SP",
			Query{Command: "Ping", DeviceID: "0001feff", DeviceType: "SP"}},
		{"padding missing", strings.TrimRight(b64("\x8c\x00\x09\x04", "\x01d", "\x00", "\x02SP"), "="),
			Query{ByCode: true, Version: V140, Locale: 0x409, DeviceID: "d", DeviceType: "SP"}},
		{"blank for plus", strings.ReplaceAll(b64("\x8c\x00\x09\x04", "\x03\xfb\xef\xbe", "\x00", "\x02SP"), "+", " "),
			Query{ByCode: true, Version: V140, Locale: 0x409, DeviceID: "fbefbe", DeviceType: "SP"}},
		{"URL-safe alphabet", strings.NewReplacer("+", "-", "/", "_").Replace(b64("\x8c\x00\x09\x04", "\x03\xfb\xef\xff", "\x00", "\x02SP")),
			Query{ByCode: true, Version: V140, Locale: 0x409, DeviceID: "fbefff", DeviceType: "SP"}},
		{"version from the future", b64("\xaa\x00\x09\x04", "\x01d", "\x00", "\x02SP"),
			Query{ByCode: true, Version: 170, Locale: 0x409, DeviceID: "d", DeviceType: "SP"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseQuery(tt.raw)
			if err != nil {
				t.Fatalf("ParseQuery(%q): %v", tt.raw, err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("ParseQuery(%q) (-want +got):\n%s", tt.raw, diff)
			}
		})
	}
}

func TestParseQueryErrors(t *testing.T) {
	tests := map[string]string{
		"empty":               "",
		"no command":          "User=rita&DeviceId=d",
		"text":                "hello",
		"ends early":          b64("\x8c\x00\x09\x04", "\x0Av140"),
		"key of three bytes":  b64("\x8c\x00\x09\x04", "\x01d", "\x03abc", "\x02SP"),
		"parameter cut short": b64("\x8c\x00\x09\x04", "\x01d", "\x00", "\x02SP", "\x01\x09c5"),
		"device id too long":  "Cmd=Sync&DeviceId=" + strings.Repeat("a", 256),
		"line too long":       "Cmd=Sync&User=" + strings.Repeat("a", maxQuery),
		"value too long":      "Cmd=Sync&User=" + strings.Repeat("a", maxValue+1),
	}
	for name, raw := range tests {
		if q, err := ParseQuery(raw); err == nil {
			t.Errorf("%s: ParseQuery(%.60q) = %+v, want an error", name, raw, q)
		}
	}
}

func FuzzQuery(f *testing.F) {
	f.Add("Cmd=FolderSync&User=rita%40example.org&DeviceId=ApplDNQHG1&DeviceType=iPhone")
	f.Add("jAAJBAp2MTQwRGV2aWNlAApTbWFydFBob25l")
	f.Add(b64("\x8d\x03\x07\x04", "\x02d1", "\x04\x78\x56\x34\x12", "\x02SP", "\x01\x02c5", "\x07\x01\x03"))
	f.Fuzz(func(t *testing.T, raw string) {
		q, err := ParseQuery(raw)
		if err != nil {
			return
		}
		if len(q.DeviceID) > maxDeviceID {
			t.Errorf("device id of %d bytes passed", len(q.DeviceID))
		}
		if q.ByCode == (q.Command != "") && raw != "" && !strings.Contains(strings.ToLower(raw), "cmd=") {
			t.Errorf("ParseQuery(%q) = %+v: neither form", raw, q)
		}
	})
}

func TestPolicyKeyHeader(t *testing.T) {
	for header, want := range map[string]uint32{"": 0, "0": 0, "1307199584": 1307199584, "rubbish": 1<<32 - 1, " 7 ": 7} {
		if got, ok := policyKey(header); got != want || ok == (header == "") {
			t.Errorf("policyKey(%q) = %d, %v; want %d", header, got, ok, want)
		}
	}
}
