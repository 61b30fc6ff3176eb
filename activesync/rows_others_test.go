package activesync

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gannetmail/gannet/store"
)

// A forgetful store cannot read any more after so many readings.
type forgetful struct {
	store.Store
	left int
}

func (f *forgetful) View(ctx context.Context, a store.AccountID, fn func(store.Reader) error) error {
	if f.left--; f.left < 0 {
		return fmt.Errorf("read: %w", store.Internal)
	}
	return f.Store.View(ctx, a, fn)
}

// TestRowsServerError: a command that cannot read what it needs says so in its own words, whichever reading it was, and
// succeeds later.
func TestRowsServerError(t *testing.T) {
	once(t)
	for _, v := range AllVersions {
		f := &forgetful{left: 1 << 30}
		r := newRig(t, func(o *Options) {
			f.Store, o.Store = o.Store, f
			o.Limits.Rate, o.Log = -1, nil
		})
		inbox := r.fill(1)
		key := r.whole(t, call{version: v}, inbox, r.prime(t, call{version: v}, inbox))
		general := []string{"110"}
		if v < V140 {
			general = []string{"HTTP 500"}
		}
		type row struct {
			cmd, body string
			own       []string
		}
		rows := []row{
			{"FolderSync", lines("FolderHierarchy:FolderSync", `>FolderHierarchy:SyncKey "0"`), []string{"6"}},
			{"GetItemEstimate", estimateDoc(v, inbox, key), general},
			{"Ping", pingBody(60, "c999"), []string{"8"}},
			{"ResolveRecipients", "ResolveRecipients:ResolveRecipients\n  ResolveRecipients:To \"rita\"\n", []string{"6"}},
			{"Search", searchDoc("GAL", `"ri"`, ""), []string{"3"}},
			{"Sync", syncOne(inbox, key, nil), []string{"5"}},
		}
		if v >= V120 {
			rows = append(rows, row{"Search", searchDoc("Mailbox", `Search:And;  Search:FreeText "noon"`, ""), []string{"3"}},
				row{"Settings", userInformation + "  Settings:Oof\n    Settings:Get\n      Settings:BodyType \"Text\"\n", []string{"4"}})
		}
		if v >= V161 {
			rows = append(rows, row{"Find", lines("Find:Find", `>Find:SearchId "{1}"`, ">Find:ExecuteSearch", ">>Find:MailBoxSearchCriterion", ">>>Find:Query",
				`>>>>Find:FreeText "noon"`), []string{"2", "3"}})
		}
		for _, row := range rows {
			seen := 0
			for n := range 12 {
				f.left = n
				a := r.do(call{cmd: row.cmd, version: v, body: row.body})
				f.left = 1 << 30
				all := statuses(a.dump)
				if a.dump == "" && a.code != 200 {
					all = []string{fmt.Sprint("HTTP ", a.code)}
				}
				for _, status := range all {
					if slices.Contains(row.own, status) {
						seen++
					} else if status != "1" && status != "7" && !slices.Contains(general, status) && status != "HTTP 503" {
						t.Errorf("%v: %s after %d readings: %s\n%s", v, row.cmd, n, status, a.dump)
					}
				}
			}
			if seen == 0 {
				t.Errorf("%v: %s never fails with %v", v, row.cmd, row.own)
			}
		}
	}
}

// TestRowsPingClass: what a Ping says of the class of a folder changes nothing.
func TestRowsPingClass(t *testing.T) {
	once(t)
	synctest.Test(t, func(t *testing.T) {
		for _, v := range AllVersions {
			r := newRig(t)
			inbox := r.fill(1)
			r.whole(t, call{version: v}, inbox, r.prime(t, call{version: v}, inbox))
			for _, class := range []string{"Email", "Calendar", "Contacts", "Tasks", "Notes"} {
				begun := time.Now()
				body := strings.Replace(pingBody(60, inbox), `"Email"`, strconv.Quote(class), 1)
				if a := r.do(call{cmd: "Ping", version: v, body: body}); a.value("Ping:Status") != "1" || time.Since(begun) != time.Minute {
					t.Errorf("%v, %s: after %v\n%s", v, class, time.Since(begun), a.dump)
				}
			}
		}
	})
}

// TestRowsEstimateFilter lists what FilterType may be in an estimate.
func TestRowsEstimateFilter(t *testing.T) {
	once(t)
	eachVersion(t, func(t *testing.T, r *rig, v Version) {
		inbox := r.fill(1)
		key := r.prime(t, call{version: v}, inbox)
		for n, want := range map[int]string{0: "1", 5: "1", 6: "1", 8: "1", 9: "103", -1: "103"} {
			inside := []string{"AirSync:Options", fmt.Sprintf(">AirSync:FilterType \"%d\"", n)}
			if v < V140 {
				inside = []string{fmt.Sprintf("AirSync:FilterType \"%d\"", n)}
			}
			a := r.do(call{cmd: "GetItemEstimate", version: v, body: estimateDoc(v, inbox, key, inside...)})
			got := a.outcome()
			if n >= 0 && n < 9 {
				got = a.value("GetItemEstimate:Status")
			} else if v < V140 {
				want = "HTTP 400"
			}
			if got != want {
				t.Errorf("filter %d: %s, want %s\n%s", n, got, want, a.dump)
			}
		}
	})
}

// TestRowsCommandsByVersion: a command that the version does not have is refused, with 400, and not advertised as done.
func TestRowsCommandsByVersion(t *testing.T) {
	bodies := map[string]string{"Settings": userInformation, "ItemOperations": "ItemOperations:ItemOperations\n", "Find": "Find:Find\n", "GetAttachment": "", "GetHierarchy": ""}
	since := map[string][2]Version{"Settings": {V120, V161}, "ItemOperations": {V120, V161}, "Find": {V161, V161}, "GetAttachment": {V25, V121}, "GetHierarchy": {V25, V121}}
	r := newRig(t)
	for cmd, body := range bodies {
		for _, v := range AllVersions {
			a := r.do(call{cmd: cmd, version: v, body: body})
			has := v >= since[cmd][0] && v <= since[cmd][1]
			if refused := a.code == 400 || a.outcome() == "138"; refused == has {
				t.Errorf("%s at %v: %d\n%s", cmd, v, a.code, a.dump)
			}
		}
	}
}

// TestRowsFoldersAgain: a device that starts over finds its folders under the same ids, parents before what is in them.
func TestRowsFoldersAgain(t *testing.T) {
	once(t)
	eachVersion(t, func(t *testing.T, r *rig, v Version) {
		must(t, r.st.Update(t.Context(), r.rita.ID, func(tx store.Tx) error {
			parent, err := tx.CreateCollection(store.Collection{Name: "Zoo", Class: store.Mail})
			for _, name := range []string{"Ape", "Bear", "Cat"} {
				if err != nil {
					return err
				}
				parent, err = tx.CreateCollection(store.Collection{Name: name, Class: store.Mail, Parent: parent.ID})
			}
			if err != nil {
				return err
			}
			_, err = tx.UpdateCollection(r.folder(store.Archive).ID, parent.ID, "Archive") // now below what is younger
			return err
		}))
		zero := call{cmd: "FolderSync", version: v, body: lines("FolderHierarchy:FolderSync", `>FolderHierarchy:SyncKey "0"`)}
		first := r.do(zero)
		zero.device = "another"
		if second := r.do(zero); epoch.ReplaceAllString(second.dump, "k") != epoch.ReplaceAllString(first.dump, "k") {
			t.Errorf("another device:\n%s\n%s", first.dump, second.dump)
		}
		seen := map[string]bool{"0": true}
		for _, add := range parseDump(t, first.dump).at("FolderHierarchy:Changes").all("FolderHierarchy:Add") {
			if !seen[add.get("FolderHierarchy:ParentId")] {
				t.Errorf("%s comes before its parent", add.get("FolderHierarchy:DisplayName"))
			}
			seen[add.get("FolderHierarchy:ServerId")] = true
		}
	})
}
