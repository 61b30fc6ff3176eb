package activesync

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gannetmail/gannet/activesync/asclient"
	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/mail/autoreply"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/wbxml"
)

// settingsVersions are the versions that have Settings.
var settingsVersions = []Version{V120, V121, V140, V141, V160, V161}

// oof returns rita's setting as it is kept.
func (r *rig) oof() (o autoreply.Oof) {
	r.t.Helper()
	must(r.t, r.st.View(r.t.Context(), r.rita.ID, func(tx store.Reader) (err error) {
		o, err = autoreply.Load(tx, r.rita.ID)
		return err
	}))
	return o
}

func settingsClient(t *testing.T, r *rig, v Version) *asclient.Client {
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	c := asclient.New(asclient.Config{
		URL: server.URL + "/Microsoft-Server-ActiveSync", User: rita, Password: password, DeviceID: "client", Version: v.String(),
	})
	t.Cleanup(func() {
		for _, what := range c.Violations {
			t.Error(what)
		}
	})
	return c
}

// TestOofByClient goes away at every version, with half of the answers lost, and looks at it in both forms.
func TestOofByClient(t *testing.T) {
	once(t)
	const internal, known, unknown = wbxml.SettingsAppliesToInternal, wbxml.SettingsAppliesToExternalKnown, wbxml.SettingsAppliesToExternalUnknown
	for _, v := range settingsVersions {
		t.Run(v.String(), func(t *testing.T) {
			r := newRig(t, func(o *Options) { o.Limits.Rate = -1 })
			c := settingsClient(t, r, v)
			calls := 0
			c.Lose = func(string) bool { calls++; return calls%2 == 1 }
			again := func(do func() error) {
				t.Helper()
				err := asclient.ErrLost
				for err == asclient.ErrLost {
					err = do()
				}
				must(t, err)
			}
			start := r.clock.Add(time.Hour)
			want := asclient.Oof{State: 2, Start: start, End: start.Add(24 * time.Hour), Messages: map[wbxml.Tag]asclient.OofMessage{
				internal: {Enabled: true, Text: "in <two> days"},
				known:    {Enabled: true, Text: "<p>in <b>two</b> days</p>", HTML: true},
				unknown:  {},
			}}
			again(func() error { return c.SetOof(t.Context(), want) })
			since := r.oof().Since
			r.clock = r.clock.Add(time.Minute)
			again(func() error { return c.SetOof(t.Context(), want) })
			if got := r.oof(); !got.Since.Equal(since) {
				t.Errorf("set again it is another activation: %v after %v", got.Since, since)
			}
			var got asclient.Oof
			again(func() (err error) { got, err = c.Oof(t.Context(), false); return err })
			want.Messages[known] = asclient.OofMessage{Enabled: true, Text: "in two days"}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("as text (-want +got):\n%s", diff)
			}
			again(func() (err error) { got, err = c.Oof(t.Context(), true); return err })
			if m := got.Messages[known]; m.Text != "<p>in <b>two</b> days</p>" {
				t.Errorf("HTML that was given: %q", m.Text)
			}
			if m := got.Messages[internal]; !strings.Contains(m.Text, "in &lt;two&gt; days<br>") {
				t.Errorf("text as HTML: %q", m.Text)
			}
			r.clock = want.End
			again(func() (err error) { got, err = c.Oof(t.Context(), false); return err })
			if got.State != 0 || !got.Start.IsZero() || got.Messages[internal].Text != "in <two> days" {
				t.Errorf("after its end: %+v; want it off, the texts kept", got)
			}
			again(func() error { return c.SetOof(t.Context(), asclient.Oof{State: 1}) })
			if o := r.oof(); o.State != autoreply.On || !o.Messages[autoreply.Internal].Enabled || o.Since.Equal(since) {
				t.Errorf("switched on with the same texts: %+v", o)
			}
			addresses, err := c.Addresses(t.Context())
			for err == asclient.ErrLost {
				addresses, err = c.Addresses(t.Context())
			}
			if diff := cmp.Diff([]string{rita, "sales@example.test"}, addresses); err != nil || diff != "" {
				t.Errorf("addresses: %v\n%s", err, diff)
			}
		})
	}
}

// TestOofAnswersMail: what a phone set is said to who writes.
func TestOofAnswersMail(t *testing.T) {
	var post *mail.Service
	r := newRig(t, func(o *Options) {
		post = mail.NewService(o.Store, mail.ServiceOptions{Now: o.Now, Responder: autoreply.New(o.Store, autoreply.Options{Hostname: "mx.example.test", Now: o.Now})})
	})
	c := settingsClient(t, r, V161)
	must(t, c.SetOof(t.Context(), asclient.Oof{State: 1, Messages: map[wbxml.Tag]asclient.OofMessage{
		wbxml.SettingsAppliesToExternalUnknown: {Enabled: true, HTML: true, Text: "<p>at <i>sea</i></p>"},
	}}))
	in, err := mail.Ingest(t.Context(), r.st, strings.NewReader("To: sales@example.test\r\nSubject: Fish\r\n\r\nAny?\r\n"), 1<<20)
	must(t, err)
	defer in.Blob.Release()
	to := []mail.Recipient{{Address: "sales@example.test", Account: r.rita.ID}}
	must(t, errors.Join(post.Deliver(t.Context(), mail.Incoming{Ingested: in, Sender: "ann@outside.test"}, to)...))
	rows := r.queued()
	if len(rows) != 1 || rows[0].Recipient != "ann@outside.test" {
		t.Fatalf("queue %+v", rows)
	}
	text := r.bytes(rows[0].Blob)
	for _, want := range []string{"From: \"Rita\" <sales@example.test>", "Subject: Automatic reply: Fish", "<p>at <i>sea</i></p>", "\r\nat sea\r\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("the answer lacks %q:\n%s", want, text)
		}
	}
}

// TestOofAnswer holds the order of elements of a full answer.
func TestOofAnswer(t *testing.T) {
	once(t)
	for _, v := range settingsVersions {
		r := newRig(t)
		must(t, r.st.Update(t.Context(), r.rita.ID, func(tx store.Tx) error {
			o := autoreply.Oof{State: autoreply.Scheduled, Start: r.clock, End: r.clock.Add(time.Hour)}
			o.Messages[autoreply.Internal] = autoreply.Message{Enabled: true, Text: "away"}
			o.Messages[autoreply.Unknown] = autoreply.Message{Text: "kept"}
			return autoreply.Save(tx, r.rita.ID, o, r.clock)
		}))
		a := r.do(call{cmd: "Settings", version: v, body: "Settings:Settings\n  Settings:Oof\n    Settings:Get\n      Settings:BodyType \"text\"\n"})
		want := `Settings:Settings
  Settings:Status "1"
  Settings:Oof
    Settings:Status "1"
    Settings:Get
      Settings:OofState "2"
      Settings:StartTime "2026-08-22T10:15:00.000Z"
      Settings:EndTime "2026-08-22T11:15:00.000Z"
      Settings:OofMessage
        Settings:AppliesToInternal
        Settings:Enabled "1"
        Settings:ReplyMessage "away"
        Settings:BodyType "Text"
      Settings:OofMessage
        Settings:AppliesToExternalKnown
        Settings:Enabled "0"
      Settings:OofMessage
        Settings:AppliesToExternalUnknown
        Settings:Enabled "0"
        Settings:ReplyMessage "kept"
        Settings:BodyType "Text"
`
		if diff := cmp.Diff(want, a.dump); diff != "" {
			t.Errorf("%v (-want +got):\n%s", v, diff)
		}
	}
}

// TestSettingsStatuses asks for one property that fails and one that does not: each has its own status.
func TestSettingsStatuses(t *testing.T) {
	const start, end = "      Settings:StartTime \"2026-09-01T08:00:00.000Z\"\n", "      Settings:EndTime \"2026-09-02T08:00:00.000Z\"\n"
	set := func(children ...string) string {
		return "  Settings:Oof\n    Settings:Set\n" + strings.Join(children, "")
	}
	state := func(n int) string { return fmt.Sprintf("      Settings:OofState \"%d\"\n", n) }
	message := func(children ...string) string {
		out := "      Settings:OofMessage\n        Settings:AppliesToInternal\n"
		for _, c := range children {
			out += "        Settings:" + c + "\n"
		}
		return out
	}
	tests := []struct{ name, property, status string }{
		{"nothing set", set(), "1"},
		{"off", set(state(0)), "1"},
		{"on", set(state(1)), "1"},
		{"scheduled", set(state(2), start, end), "1"},
		{"on, with times", set(state(1), start, end), "1"},
		{"start alone", set(state(2), start), "2"},
		{"end alone, not even scheduled", set(state(1), end), "2"},
		{"scheduled without times", set(state(2)), "5"},
		{"ends before it begins", set(state(2), strings.Replace(start, "09-01", "09-03", 1), end), "5"},
		{"no such state", set(state(3)), "5"},
		{"negative state", set(state(-4)), "5"},
		{"state in words", set("      Settings:OofState \"on\"\n"), "2"},
		{"text", set(message("Enabled \"1\"", "ReplyMessage \"a\"", "BodyType \"TEXT\"")), "1"},
		{"empty text", set(message("ReplyMessage", "BodyType \"HTML\"")), "1"},
		{"text of no type", set(message("ReplyMessage \"a\"")), "2"},
		{"text of another type", set(message("ReplyMessage \"a\"", "BodyType \"RTF\"")), "5"},
		{"long text", set(message("ReplyMessage \""+strings.Repeat("a", autoreply.MaxMessage+1)+"\"", "BodyType \"Text\"")), "5"},
		{"one audience twice", set(message("Enabled \"1\""), message("Enabled \"0\"")), "6"},
		{"get without type", "  Settings:Oof\n    Settings:Get\n", "2"},
		{"get of another type", "  Settings:Oof\n    Settings:Get\n      Settings:BodyType \"3\"\n", "5"},
		{"neither get nor set", "  Settings:Oof\n", "2"},
		{"both", "  Settings:Oof\n    Settings:Get\n      Settings:BodyType \"Text\"\n    Settings:Set\n      Settings:OofState \"0\"\n", "2"},
		{"password", "  Settings:DevicePassword\n    Settings:Set\n      Settings:Password \"0000\"\n", "7"},
		{"password of 255", "  Settings:DevicePassword\n    Settings:Set\n      Settings:Password \"" + strings.Repeat("ü", 255) + "\"\n", "7"},
		{"password of 256", "  Settings:DevicePassword\n    Settings:Set\n      Settings:Password \"" + strings.Repeat("ü", 256) + "\"\n", "5"},
		{"no password any more", "  Settings:DevicePassword\n    Settings:Set\n      Settings:Password\n", "1"},
		{"password missing", "  Settings:DevicePassword\n    Settings:Set\n", "2"},
		{"password asked for", "  Settings:DevicePassword\n    Settings:Get\n", "2"},
		{"device", "  Settings:DeviceInformation\n    Settings:Set\n      Settings:Model \"M\"\n", "1"},
		{"device that sends SMS", "  Settings:DeviceInformation\n    Settings:Set\n      Settings:EnableOutboundSMS \"1\"\n", "1"},
		{"device says nothing", "  Settings:DeviceInformation\n    Settings:Set\n", "2"},
		{"device says too much", "  Settings:DeviceInformation\n    Settings:Set\n      Settings:Model \"" + strings.Repeat("m", 5000) + "\"\n", "2"},
	}
	r := newRig(t, func(o *Options) { o.Limits.Rate = -1 })
	for _, v := range settingsVersions {
		for _, tt := range tests {
			must(t, r.st.Update(t.Context(), r.rita.ID, func(tx store.Tx) error { return tx.PutSetting(r.rita.ID, "oof", nil) }))
			a := r.do(call{cmd: "Settings", version: v, body: "Settings:Settings\n" + tt.property + "  Settings:UserInformation\n    Settings:Get\n"})
			if want := "Settings:Settings\n  Settings:Status \"1\"\n" + firstLine(tt.property) + "    Settings:Status \"" + tt.status + "\"\n"; !strings.HasPrefix(a.dump, want) {
				t.Errorf("%v, %s: want status %s\n%s", v, tt.name, tt.status, a.dump)
			}
			if !a.has("Settings:SMTPAddress") {
				t.Errorf("%v, %s: the other property is not answered\n%s", v, tt.name, a.dump)
			}
			if o := r.oof(); tt.status != "1" && o != (autoreply.Oof{}) {
				t.Errorf("%v, %s: something of it is kept: %+v", v, tt.name, o)
			}
		}
	}
}

func firstLine(s string) string { return s[:strings.Index(s, "\n")+1] }

// noAddresses is a directory that is out of order.
type noAddresses struct{ Authenticator }

func (noAddresses) Addresses(context.Context, store.AccountID) ([]string, error) {
	return nil, errors.New("out of order")
}

// TestSettingsFailure: what the server cannot answer has status 4, and the rest its answer.
func TestSettingsFailure(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Auth = noAddresses{o.Auth} })
	r.needs(V120)
	must(t, r.st.Update(t.Context(), r.rita.ID, func(tx store.Tx) error { return tx.PutSetting(r.rita.ID, "oof", []byte("rubbish")) }))
	a := r.do(call{cmd: "Settings", body: userInformation + "  Settings:Oof\n    Settings:Get\n      Settings:BodyType \"Text\"\n"})
	if !strings.Contains(a.dump, "Settings:UserInformation\n    Settings:Status \"4\"\n  Settings:Oof\n    Settings:Status \"1\"\n") || a.value("Settings:OofState") != "0" {
		t.Errorf("got %s", a.dump)
	}
	r.do(call{cmd: "Settings", body: "Settings:Settings\n  Settings:Oof\n    Settings:Set\n      Settings:OofState \"1\"\n"})
	if o := r.oof(); o.State != autoreply.On {
		t.Errorf("a damaged setting cannot be set anew: %+v", o)
	}
}

// TestDeviceInformationIsKept: an element that is empty is forgotten, one that is absent stays.
func TestDeviceInformationIsKept(t *testing.T) {
	once(t)
	for _, v := range settingsVersions {
		r := newRig(t)
		c := settingsClient(t, r, v)
		must(t, c.Describe(t.Context()))
		a := r.do(call{cmd: "Settings", version: v, device: "client", body: "Settings:Settings\n  Settings:DeviceInformation\n    Settings:Set\n" +
			"      Settings:OS\n      Settings:PhoneNumber \"+1\"\n      Settings:MobileOperator \"Gull\"\n"})
		if a.value("Settings:Status") != "1" {
			t.Fatalf("%v: %s", v, a.dump)
		}
		d, err := r.device("client")
		must(t, err)
		if d.OS != "" || d.Phone != "+1" || d.Operator != "Gull" || d.FriendlyName != "Gannet's own client" {
			t.Errorf("%v: %+v", v, d)
		}
	}
}
