package wire

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gannetmail/gannet/wbxml"
)

func TestReadSettings(t *testing.T) {
	got, err := ReadSettings(document(t, `Settings:Settings
  Settings:DevicePassword
    Settings:Set
      Settings:Password "1234"
  Settings:Oof
    Settings:Set
      Settings:EndTime "2026-09-02T10:00:00.000Z"
      Settings:OofMessage
        Settings:BodyType "HTML"
        Settings:ReplyMessage "<p>away"
        Email:Subject "what is this"
        Settings:Enabled "1"
        Settings:AppliesToExternalKnown
      Settings:StartTime "20260901T100000Z"
      Settings:OofMessage
        Settings:AppliesToInternal
        Settings:Enabled "0"
      Settings:OofState "2"
  Settings:DeviceInformation
    Settings:Set
      Settings:EnableOutboundSMS "0"
  Settings:UserInformation
    Settings:Get
`))
	want := SettingsRequest{Properties: []SettingsProperty{
		{Tag: wbxml.SettingsDevicePassword, Set: true, Password: ptr("1234")},
		{Tag: wbxml.SettingsOof, Set: true, Oof: OofSet{
			State: 2, HasStart: true, HasEnd: true,
			Start: time.Date(2026, 9, 1, 10, 0, 0, 0, time.UTC), End: time.Date(2026, 9, 2, 10, 0, 0, 0, time.UTC),
			Messages: []OofMessage{
				{Audience: wbxml.SettingsAppliesToExternalKnown, Enabled: ptr(true), Reply: ptr("<p>away"), BodyType: "HTML"},
				{Audience: wbxml.SettingsAppliesToInternal, Enabled: ptr(false)},
			},
		}},
		{Tag: wbxml.SettingsDeviceInformation, Set: true, Device: DeviceInformation{EnableOutboundSMS: ptr("0")}},
		{Tag: wbxml.SettingsUserInformation, Get: true},
	}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// TestBrokenProperty checks that a property that breaks the schema is told, and the one behind it is read.
func TestBrokenProperty(t *testing.T) {
	for name, property := range map[string]string{
		"state":         "  Settings:Oof\n    Settings:Set\n      Settings:OofState \"on\"\n",
		"time":          "  Settings:Oof\n    Settings:Set\n      Settings:StartTime \"soon\"\n      Settings:EndTime \"2026-09-02T10:00:00.000Z\"\n",
		"enabled":       "  Settings:Oof\n    Settings:Set\n      Settings:OofMessage\n        Settings:AppliesToInternal\n        Settings:Enabled \"perhaps\"\n",
		"no audience":   "  Settings:Oof\n    Settings:Set\n      Settings:OofMessage\n        Settings:Enabled \"1\"\n",
		"two audiences": "  Settings:Oof\n    Settings:Set\n      Settings:OofMessage\n        Settings:AppliesToInternal\n        Settings:AppliesToExternalKnown\n",
		"four messages": "  Settings:Oof\n    Settings:Set\n" + strings.Repeat("      Settings:OofMessage\n        Settings:AppliesToInternal\n", 4),
		"get and set":   "  Settings:Oof\n    Settings:Set\n      Settings:OofState \"1\"\n    Settings:Get\n      Settings:BodyType \"Text\"\n",
		"set twice":     "  Settings:Oof\n    Settings:Set\n      Settings:OofState \"1\"\n    Settings:Set\n      Settings:OofState \"0\"\n",
		"long field":    "  Settings:DeviceInformation\n    Settings:Set\n      Settings:Model \"" + strings.Repeat("m", 4097) + "\"\n      Settings:OS \"x\"\n",
	} {
		q, err := ReadSettings(document(t, "Settings:Settings\n"+property+"  Settings:UserInformation\n    Settings:Get\n"))
		if err != nil || len(q.Properties) != 2 || !q.Properties[0].Broken || q.Properties[1].Broken || !q.Properties[1].Get {
			t.Errorf("%s: %+v, %v; want the first broken and the second read", name, q, err)
		}
	}
}

func TestLongReply(t *testing.T) {
	for n, over := range map[int]bool{MaxReplyMessage: false, MaxReplyMessage + 1: true} {
		q, err := ReadSettings(document(t, "Settings:Settings\n  Settings:Oof\n    Settings:Set\n      Settings:OofMessage\n        Settings:AppliesToInternal\n        Settings:ReplyMessage \""+
			strings.Repeat("a", n)+"\"\n        Settings:BodyType \"Text\"\n"))
		if err != nil || q.Properties[0].Oof.TooLong != over || len(*q.Properties[0].Oof.Messages[0].Reply) != MaxReplyMessage {
			t.Errorf("%d bytes: too long %v, %v", n, q.Properties[0].Oof.TooLong, err)
		}
	}
}

// FuzzReadSettings: no document does harm, and what was read is within its bounds.
func FuzzReadSettings(f *testing.F) {
	for _, dump := range []string{
		"Settings:Settings\n  Settings:Oof\n    Settings:Get\n      Settings:BodyType \"Text\"\n",
		"Settings:Settings\n  Settings:Oof\n    Settings:Set\n      Settings:OofState \"2\"\n      Settings:StartTime \"2026-09-02T10:00:00.000Z\"\n" +
			"      Settings:OofMessage\n        Settings:AppliesToInternal\n        Settings:Enabled \"1\"\n        Settings:ReplyMessage \"a\"\n        Settings:BodyType \"HTML\"\n",
		"Settings:Settings\n  Settings:DeviceInformation\n    Settings:Set\n      Settings:Model \"a%20b\"\n  Settings:DevicePassword\n    Settings:Set\n      Settings:Password \"1\"\n",
	} {
		var b bytes.Buffer
		if err := wbxml.Undump(&b, strings.NewReader(dump)); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		q, err := ReadSettings(bytes.NewReader(raw))
		if err != nil {
			return
		}
		if n := len(q.Properties); n == 0 || n > maxProperties {
			t.Errorf("%d properties", n)
		}
		for _, p := range q.Properties {
			for _, m := range p.Oof.Messages {
				if !p.Broken && m.Audience == 0 || m.Reply != nil && len(*m.Reply) > 3*MaxReplyMessage {
					t.Errorf("message %+v", m)
				}
			}
		}
	})
}
