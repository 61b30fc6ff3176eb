package activesync

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/gannetmail/gannet/store"
)

// eachVersion runs a test on a rig of its own for every version.
func eachVersion(t *testing.T, do func(t *testing.T, r *rig, v Version)) {
	t.Helper()
	for _, v := range AllVersions {
		t.Run(v.String(), func(t *testing.T) { do(t, newRig(t), v) })
	}
}

// bare is a message without Date, without body, and with a message inside that has no name.
const bare = `From: otto@example.test
To: rita@example.test
Subject: Nothing
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain

--b
Content-Type: message/rfc822

Subject: Within
From: otto@example.test

Inside.
--b--
`

// TestClientsGetIDsOfLetters: an id is never one that some clients take for a number. Row 28.
func TestClientsGetIDsOfLetters(t *testing.T) {
	once(t)
	eachVersion(t, func(t *testing.T, r *rig, v Version) {
		inbox := r.fill(1)
		tree := r.do(call{cmd: "FolderSync", version: v, body: lines("FolderHierarchy:FolderSync", `>FolderHierarchy:SyncKey "0"`)})
		a := r.sync(t, call{version: v, body: syncOne(inbox, r.prime(t, call{version: v}, inbox), nil)})
		ids := regexp.MustCompile(`(?:ServerId|SyncKey|CollectionId) "([^"]*)"`).FindAllStringSubmatch(tree.dump+a.dump, -1)
		for _, id := range ids {
			if c := id[1][0]; c < 'a' || c > 'z' {
				t.Errorf("%s begins with no letter", id[1])
			}
		}
		if len(ids) < 8 {
			t.Errorf("only %d ids", len(ids))
		}
	})
}

// TestClientsAreToldOnceOfARemovedFolder: Windows Phone fails when told twice. Row 29.
func TestClientsAreToldOnceOfARemovedFolder(t *testing.T) {
	once(t)
	eachVersion(t, func(t *testing.T, r *rig, v Version) {
		var c store.Collection
		must(t, r.st.Update(t.Context(), r.rita.ID, func(tx store.Tx) (err error) {
			c, err = tx.CreateCollection(store.Collection{Name: "Harbour", Class: store.Mail})
			return err
		}))
		ask := func(key string) (next string, deleted int) {
			a := r.do(call{cmd: "FolderSync", version: v, body: lines("FolderHierarchy:FolderSync", ">FolderHierarchy:SyncKey "+strconv.Quote(key))})
			return a.value("FolderHierarchy:SyncKey"), strings.Count(a.dump, "FolderHierarchy:Delete\n")
		}
		key, _ := ask("0")
		must(t, r.st.Update(t.Context(), r.rita.ID, func(tx store.Tx) error { return tx.RemoveCollection(c.ID) }))
		key, first := ask(key)
		if _, second := ask(key); first != 1 || second != 0 {
			t.Errorf("told %d times, then %d times", first, second)
		}
	})
}

// TestClientsGetTheOrderTheyNeed: MoreAvailable before Commands, no empty containers, and no Truncated that
// says no. Rows 37, 38, 65.
func TestClientsGetTheOrderTheyNeed(t *testing.T) {
	once(t)
	eachVersion(t, func(t *testing.T, r *rig, v Version) {
		inbox := r.fill(3)
		a := r.sync(t, call{version: v, body: syncOne(inbox, r.prime(t, call{version: v}, inbox), []string{`AirSync:WindowSize "1"`})})
		more, commands := strings.Index(a.dump, "AirSync:MoreAvailable"), strings.Index(a.dump, "AirSync:Commands")
		if more < 0 || more > commands || strings.Contains(a.dump, "AirSync:Responses") || strings.Contains(a.dump, `AirSyncBase:Truncated "0"`) {
			t.Errorf("\n%s", a.dump)
		}
	})
}

// TestClientsThatWaitForNothing: Android's Sync with a heartbeat and no folders is told to send it whole. Row 41.
func TestClientsThatWaitForNothing(t *testing.T) {
	r := newRig(t)
	r.needs(V121)
	inbox := r.fill(0)
	r.sync(t, call{body: syncOne(inbox, r.prime(t, call{}, inbox), nil)})
	body := lines("AirSync:Sync", ">AirSync:Collections", `>AirSync:HeartbeatInterval "480"`)
	if a := r.sync(t, call{body: body}); a.root.get("AirSync:Status") != "13" {
		t.Errorf("\n%s", a.dump)
	}
}

// TestClientsThatRemoveAgain: Android removes what is gone already, and is told that all is well. Row 54.
func TestClientsThatRemoveAgain(t *testing.T) {
	once(t)
	eachVersion(t, func(t *testing.T, r *rig, v Version) {
		inbox := r.fill(1)
		key := r.whole(t, call{version: v}, inbox, r.prime(t, call{version: v}, inbox))
		for range 3 {
			a := r.sync(t, call{version: v, body: syncOne(inbox, key, []string{"AirSync:Commands", ">AirSync:Delete", ">>AirSync:ServerId " + strconv.Quote(inbox+":1")})})
			if a.status() != "1" || a.c.at("AirSync:Responses") != nil {
				t.Fatalf("\n%s", a.dump)
			}
			key = a.key()
		}
	})
}

// TestClientsThatOnlyRead: what is fetched, synchronised or searched is not marked as read by that. Row 59.
func TestClientsThatOnlyRead(t *testing.T) {
	once(t)
	eachVersion(t, func(t *testing.T, r *rig, v Version) {
		inbox := r.fill(1)
		key := r.whole(t, call{version: v}, inbox, r.prime(t, call{version: v}, inbox))
		r.sync(t, call{version: v, body: syncOne(inbox, key, []string{"AirSync:Commands", ">AirSync:Fetch", ">>AirSync:ServerId " + strconv.Quote(inbox+":1")})})
		if r.records(store.Inbox)[0].Item.Flags&store.Seen != 0 {
			t.Error("marked as read")
		}
	})
}

// TestClientsGetABareMessage: a message without a date and without a text still has DateReceived, Importance
// and a Body with a type and a size; what is inside it has a name that opens. Rows 64, 67, 68, 69, 71, 73.
func TestClientsGetABareMessage(t *testing.T) {
	once(t)
	eachVersion(t, func(t *testing.T, r *rig, v Version) {
		r.deliver(store.Inbox, bare)
		inbox := r.fill(0)
		a := r.sync(t, call{version: v, body: syncOne(inbox, r.prime(t, call{version: v}, inbox), nil)})
		want := []string{"Email:DateReceived", "Email:Importance \"1\"", ".eml\"", "Email:DateReceived \"2026-08-22T10:15:00.000Z\""}
		if v >= V120 {
			want = append(want, "AirSyncBase:Type \"1\"", "AirSyncBase:EstimatedDataSize \"")
		}
		for _, text := range want {
			if !strings.Contains(a.dump, text) {
				t.Errorf("no %s in\n%s", text, a.dump)
			}
		}
	})
}

// clientRow is a row of docs/clients.md: its number and the names of its tests.
var clientRow = regexp.MustCompile("(?m)^\\| ([F]?[0-9]+) \\|.*\\|([^|]*)\\|$")

// TestClientsPage checks that docs/clients.md has every row of the list of clients' habits, and that each test
// it names is there.
func TestClientsPage(t *testing.T) {
	page, err := os.ReadFile("../docs/clients.md")
	must(t, err)
	have := map[string]bool{}
	for _, dir := range []string{".", "wire", "doctor", "policy", "model", "../protocols/autodiscover", "../protocols", "../mail", "../wbxml", "../auth", "../cmd/gannet", "../cmd/gannet/e2e"} {
		files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
		must(t, err)
		for _, file := range files {
			source, err := os.ReadFile(file)
			must(t, err)
			for _, m := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllStringSubmatch(string(source), -1) {
				have[m[1]] = true
			}
		}
	}
	rows := map[string]bool{}
	for _, m := range clientRow.FindAllStringSubmatch(string(page), -1) {
		rows[m[1]] = true
		for _, name := range regexp.MustCompile(`Test\w+`).FindAllString(m[2], -1) {
			if !have[name] {
				t.Errorf("row %s: there is no %s", m[1], name)
			}
		}
	}
	for i := range 114 {
		if !rows[fmt.Sprint(i+1)] {
			t.Errorf("row %d is missing", i+1)
		}
	}
	for i := range 15 {
		if !rows[fmt.Sprint("F", i+1)] {
			t.Errorf("row F%d is missing", i+1)
		}
	}
}
