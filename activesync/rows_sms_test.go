package activesync

import (
	"strconv"
	"strings"
	"testing"

	"github.com/gannetmail/gannet/store"
)

// TestRowsSMS lets a phone keep its short messages in step, as it may from 14.0 on: all is accepted, nothing is kept, and
// mail goes on as before. MS-ASMS.
func TestRowsSMS(t *testing.T) {
	once(t)
	for _, v := range []Version{V140, V141, V160, V161} {
		r := newRig(t)
		inbox := r.fill(1)
		key := r.prime(t, call{version: v}, inbox)
		options := []string{"AirSync:Options", `>AirSync:Class "Email"`, "AirSync:Options", `>AirSync:Class "SMS"`, ">AirSyncBase:BodyPreference", `>>AirSyncBase:Type "1"`}
		ask := func(commands ...string) syncReply {
			inside := options
			if len(commands) > 0 {
				inside = append(options[:len(options):len(options)], append([]string{"AirSync:Commands"}, commands...)...)
			}
			a := r.sync(t, call{version: v, body: syncOne(inbox, key, inside)})
			if len(a.body) > 0 {
				key = a.key()
			}
			return a
		}
		if a := ask(); len(a.commands("Add")) != 1 || a.status() != "1" {
			t.Errorf("%v: mail beside SMS:\n%s", v, a.dump)
		}
		a := ask(">AirSync:Add", `>>AirSync:Class "SMS"`, `>>AirSync:ClientId "s1"`, ">>AirSync:ApplicationData", `>>>Email:To "[MOBILE:+491711]"`,
			`>>>Email:From "\"Olga\" [MOBILE:+491712]"`, `>>>Email:Subject "x"`, `>>>Email:DateReceived "2026-08-22T09:00:00.000Z"`, `>>>Email:Importance "1"`, `>>>Email:Read "1"`,
			">>>AirSyncBase:Body", `>>>>AirSyncBase:Type "1"`, `>>>>AirSyncBase:Data "where are you"`)
		added, status := a.one(t)
		id := added.get("AirSync:ServerId")
		if status != "1" || id == "" || added.get("AirSync:Class") != "SMS" {
			t.Errorf("%v: added: %s\n%s", v, status, a.dump)
		}
		change := []string{">AirSync:Change", `>>AirSync:Class "SMS"`, ">>AirSync:ServerId " + strconv.Quote(id), ">>AirSync:ApplicationData", `>>>Email:Read "0"`}
		if a := ask(change...); a.status() != "1" || a.c.at("AirSync:Responses") != nil {
			t.Errorf("%v: changed:\n%s", v, a.dump)
		}
		if a := ask(">AirSync:Delete", `>>AirSync:Class "SMS"`, ">>AirSync:ServerId "+strconv.Quote(id)); a.status() != "1" || a.c.at("AirSync:Responses") != nil {
			t.Errorf("%v: deleted:\n%s", v, a.dump)
		}
		if n := len(r.records(store.Inbox)); n != 1 || strings.Contains(r.bytes(r.records(store.Inbox)[0].Item.Blob), "where are you") {
			t.Errorf("%v: %d messages are kept", v, n)
		}
	}
}
