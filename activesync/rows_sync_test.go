package activesync

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
)

// TestRowsChanges: a Change has what has changed of read, flag and categories, and nothing else. MS-ASEMAIL.
func TestRowsChanges(t *testing.T) {
	once(t)
	blue := []string{"blue"}
	tests := []struct {
		name   string
		change store.FlagChange
		want   string // children of ApplicationData
		since  Version
	}{
		{"nothing", store.FlagChange{}, "", V25},
		{"what has no place here", store.FlagChange{Add: store.MDNSent}, "", V25},
		{"read", store.FlagChange{Add: store.Seen}, "Email:Read", V25},
		{"flag", store.FlagChange{Add: store.Flagged}, "Email:Flag", V120},
		{"categories", store.FlagChange{SetKeywords: &blue}, "Email:Categories", V140},
		{"all three", store.FlagChange{Add: store.Seen | store.Flagged, SetKeywords: &blue}, "Email:Read Email:Flag Email:Categories", V140},
		{"read and flag", store.FlagChange{Add: store.Seen | store.Flagged}, "Email:Read Email:Flag", V120},
	}
	for _, tt := range tests {
		eachVersion(t, func(t *testing.T, r *rig, v Version) {
			c := call{version: v}
			inbox := r.fill(1)
			key := r.whole(t, c, inbox, r.prime(t, c, inbox))
			must(t, r.st.Update(t.Context(), r.rita.ID, r.marks(r.records(store.Inbox)[0], tt.change)))
			c.body = syncOne(inbox, key, nil)
			a := r.sync(t, c)
			var got []string
			if a.c != nil {
				for _, n := range a.commands("Change") {
					for _, kid := range n.at("AirSync:ApplicationData").kids {
						got = append(got, kid.name)
					}
				}
			}
			want := tt.want
			if v < tt.since {
				want = ""
			}
			if v < tt.since && tt.change.Add&store.Seen != 0 {
				want = "Email:Read"
				if v >= V120 && tt.change.Add&store.Flagged != 0 {
					want = "Email:Read Email:Flag"
				}
			}
			if strings.Join(got, " ") != want {
				t.Errorf("%s: told %v, want %s", tt.name, got, want)
			}
		})
	}
}

// TestRowsCategories: an Add says so when there are none; an empty container in a Change takes all away, its absence
// leaves them.
func TestRowsCategories(t *testing.T) {
	once(t)
	for _, v := range []Version{V140, V141, V160, V161} {
		r := newRig(t)
		c := call{version: v}
		inbox := r.fill(1)
		c.body = syncOne(inbox, r.prime(t, c, inbox), nil)
		a := r.sync(t, c)
		if n := a.commands("Add")[0].at("AirSync:ApplicationData", "Email:Categories"); n == nil || len(n.kids) != 0 {
			t.Errorf("%v: none, in an Add:\n%s", v, a.dump)
		}
		key := a.key()
		steps := []struct {
			data string
			want int
		}{{">>>Email:Categories\n>>>>Email:Category \"a\"\n>>>>Email:Category \"b\"", 2}, {`>>>Email:Read "1"`, 2}, {">>>Email:Categories", 0}}
		for _, step := range steps {
			inside := append([]string{"AirSync:Commands", ">AirSync:Change", ">>AirSync:ServerId " + strconv.Quote(inbox+":1"), ">>AirSync:ApplicationData"},
				strings.Split(step.data, "\n")...)
			c.body = syncOne(inbox, key, inside)
			key = r.sync(t, c).key()
			if got := categories(r.records(store.Inbox)[0].Item.Keywords); len(got) != step.want {
				t.Errorf("%v: %q left after %s", v, got, step.data)
			}
		}
	}
}

// TestRowsDeletesAsMoves lists the forms of DeletesAsMoves: absent and empty are true.
func TestRowsDeletesAsMoves(t *testing.T) {
	once(t)
	for inside, moved := range map[string]int{"": 1, "AirSync:DeletesAsMoves": 1, `AirSync:DeletesAsMoves "1"`: 1, `AirSync:DeletesAsMoves "0"`: 0} {
		eachVersion(t, func(t *testing.T, r *rig, v Version) {
			c := call{version: v}
			inbox := r.fill(1)
			key := r.whole(t, c, inbox, r.prime(t, c, inbox))
			list := []string{"AirSync:Commands", ">AirSync:Delete", ">>AirSync:ServerId " + strconv.Quote(inbox+":1")}
			if inside != "" {
				list = append([]string{inside}, list...)
			}
			c.body = syncOne(inbox, key, list)
			r.sync(t, c)
			if n := len(r.records(store.Trash)); n != moved || len(r.records(store.Inbox)) != 0 {
				t.Errorf("%q: %d in Deleted Items", inside, n)
			}
		})
	}
}

// TestRowsFetch: Fetch of Sync gives the whole item, whatever the options cut, and in their kind of body.
func TestRowsFetch(t *testing.T) {
	once(t)
	eachVersion(t, func(t *testing.T, r *rig, v Version) {
		c := call{version: v}
		inbox := r.fill(1)
		options := []string{"AirSync:Options", `>AirSync:Truncation "0"`}
		if v >= V120 {
			options = []string{"AirSync:Options", ">AirSyncBase:BodyPreference", `>>AirSyncBase:Type "1"`, `>>AirSyncBase:TruncationSize "4"`}
		}
		key := r.whole(t, c, inbox, r.prime(t, c, inbox, options...))
		c.body = syncOne(inbox, key, []string{"AirSync:Commands", ">AirSync:Fetch", ">>AirSync:ServerId " + strconv.Quote(inbox+":1")})
		a := r.sync(t, c)
		data := a.c.at("AirSync:Responses", "AirSync:Fetch", "AirSync:ApplicationData")
		if got := data.get("AirSyncBase:Body", "AirSyncBase:Data") + data.get("Email:Body"); !strings.Contains(got, "Number 0") {
			t.Errorf("\n%s", a.dump)
		}
	})
}

// TestRowsOnlyMarks: of a message that is no draft a device changes read, flag and categories; what else it says is
// ignored, and the rest of the Change is done.
func TestRowsOnlyMarks(t *testing.T) {
	once(t)
	others := []string{`Email:Subject "x"`, `Email:To "x@y.test"`, `Email:Importance "2"`, `Email2:Sender "x@y.test"`, `Email2:ConversationId "0123456789abcdef"`,
		`Email2:ReceivedAsBcc "1"`, `Email2:UmCallerID "1"`, `Email2:UmUserNotes "1"`, `Email2:IsDraft "1"`, `Email2:LastVerbExecuted "1"`, `Email:MessageClass "IPM.Post"`}
	for _, other := range others {
		eachVersion(t, func(t *testing.T, r *rig, v Version) {
			c := call{version: v}
			inbox := r.fill(1)
			before := r.records(store.Inbox)[0].Item
			key := r.whole(t, c, inbox, r.prime(t, c, inbox))
			c.body = syncOne(inbox, key, []string{"AirSync:Commands", ">AirSync:Change", ">>AirSync:ServerId " + strconv.Quote(inbox+":1"),
				">>AirSync:ApplicationData", ">>>" + other, `>>>Email:Read "1"`})
			a := r.sync(t, c)
			status := ""
			if n := a.c.at("AirSync:Responses", "AirSync:Change"); n != nil {
				status = n.get("AirSync:Status")
			}
			list := r.records(store.Inbox)
			if len(list) != 1 || list[0].Item.Blob != before.Blob || list[0].Item.Flags&^store.Seen != before.Flags&^store.Seen {
				t.Errorf("%s has changed the message: %+v", other, list)
			}
			if read := list[0].Item.Flags&store.Seen != 0; status != "" && status != "6" || read != (status == "") {
				t.Errorf("%s: status %q, read %v", other, status, read)
			}
		})
	}
}

// TestRowsDeleteWins: a removal beats a change, on whichever side it was made.
func TestRowsDeleteWins(t *testing.T) {
	once(t)
	for _, conflict := range []string{"0", "1"} {
		eachVersion(t, func(t *testing.T, r *rig, v Version) {
			c := call{version: v}
			inbox := r.fill(2)
			key := r.whole(t, c, inbox, r.prime(t, c, inbox, "AirSync:Options", ">AirSync:Conflict "+strconv.Quote(conflict)))
			folder := r.folder(store.Inbox).ID
			must(t, r.st.Update(t.Context(), r.rita.ID, func(tx store.Tx) error {
				if _, err := tx.Mark(folder, 1, store.FlagChange{Add: store.Seen}); err != nil {
					return err
				}
				return tx.Remove(folder, 2)
			}))
			c.body = syncOne(inbox, key, []string{"AirSync:Commands", ">AirSync:Delete", ">>AirSync:ServerId " + strconv.Quote(inbox+":1"),
				">AirSync:Change", ">>AirSync:ServerId " + strconv.Quote(inbox+":2"), ">>AirSync:ApplicationData", `>>>Email:Read "1"`})
			a := r.sync(t, c)
			told := a.told()
			if len(r.records(store.Inbox)) != 0 || a.c.get("AirSync:Responses", "AirSync:Change", "AirSync:Status") != "8" || !slices.Equal(told, []string{"Delete " + inbox + ":2"}) {
				t.Errorf("told %v\n%s", told, a.dump)
			}
		})
	}
}

// TestRowsConversationModeElsewhere: only mail has conversations.
func TestRowsConversationModeElsewhere(t *testing.T) {
	once(t)
	for _, v := range []Version{V140, V141, V160, V161} {
		r := newRig(t)
		tasks := collectionID(r.folder(store.MainTasks).ID)
		for _, mode := range []string{"AirSync:ConversationMode", `AirSync:ConversationMode "1"`} {
			a := r.sync(t, call{version: v, body: syncOne(tasks, "0", []string{mode})})
			if a.status() != "4" {
				t.Errorf("%v: status %s", v, a.status())
			}
		}
		key := r.prime(t, call{version: v}, tasks, `AirSync:ConversationMode "0"`)
		a := r.do(call{cmd: "GetItemEstimate", version: v, body: estimateDoc(v, tasks, key, `AirSync:ConversationMode "1"`)})
		if a.outcome() != "103" && a.value("GetItemEstimate:Status") != "103" {
			t.Errorf("%v: estimate\n%s", v, a.dump)
		}
	}
}

// TestRowsDraftsFilter: drafts are not filtered by age.
func TestRowsDraftsFilter(t *testing.T) {
	once(t)
	eachVersion(t, func(t *testing.T, r *rig, v Version) {
		r.clock = r.clock.AddDate(-1, 0, 0)
		drafts := collectionID(r.deliver(store.Drafts, lunch).Collection)
		r.clock = r.clock.AddDate(1, 0, 0)
		c := call{version: v}
		c.body = syncOne(drafts, r.prime(t, c, drafts, "AirSync:Options", `>AirSync:FilterType "1"`), nil)
		if a := r.sync(t, c); len(a.commands("Add")) != 1 {
			t.Errorf("\n%s", a.dump)
		}
	})
}

// TestRowsCommandsAreNotPutOff: a request that brings something is answered at once, whatever it says of waiting.
func TestRowsCommandsAreNotPutOff(t *testing.T) {
	once(t)
	synctest.Test(t, func(t *testing.T) {
		for _, v := range AllVersions[2:] {
			r := newRig(t)
			c := call{version: v}
			inbox := r.fill(1)
			key := r.whole(t, c, inbox, r.prime(t, c, inbox))
			begun := time.Now()
			c.body = syncOne(inbox, key, []string{"AirSync:Commands", ">AirSync:Change", ">>AirSync:ServerId " + strconv.Quote(inbox+":1"),
				">>AirSync:ApplicationData", `>>>Email:Read "1"`}, `AirSync:Wait "5"`)
			if a := r.sync(t, c); a.key() == key || time.Since(begun) != 0 {
				t.Errorf("%v: after %v\n%s", v, time.Since(begun), a.dump)
			}
		}
	})
}

// TestRowsStatusKeys: a collection that fails says its id, and the key of the request; after 3 the device begins with 0.
func TestRowsStatusKeys(t *testing.T) {
	once(t)
	eachVersion(t, func(t *testing.T, r *rig, v Version) {
		inbox := r.fill(1)
		r.prime(t, call{version: v}, inbox)
		for name, test := range map[string][]string{
			"3": {inbox, "k0000000000000001-1", "0"}, "4": {inbox, "0", "0", "AirSync:GetChanges"}, "12": {"c999", "k0000000000000001-1", "k0000000000000001-1"},
		} {
			a := r.sync(t, call{version: v, body: syncOne(test[0], test[1], test[3:])})
			if a.status() != name || a.c.get("AirSync:CollectionId") != test[0] || a.key() != test[2] {
				t.Errorf("status %s:\n%s", name, a.dump)
			}
		}
	})
}

// TestRowsTruncation lists the sizes of Truncation and MIMETruncation, and which of two sizes counts.
func TestRowsTruncation(t *testing.T) {
	plain, err := mail.Parse(strings.NewReader("Subject: x\r\n\r\nx\r\n"))
	must(t, err)
	limit := func(v Version, o wire.Options) int64 {
		f := emailForm{version: v, options: o}
		return f.bodies(plain)[0].limit
	}
	for i, want := range []int64{0, 512, 1024, 2048, 5120, 10240, 20480, 51200, 102400, unlimited} {
		if got := limit(V25, wire.Options{Truncation: &i}); got != want {
			t.Errorf("Truncation %d: %d, want %d", i, got, want)
		}
	}
	for i, want := range []int64{0, 4096, 5120, 7168, 10240, 20480, 51200, 102400, unlimited} {
		o := wire.Options{MIMESupport: 2, MIMETruncation: &i}
		if got := limit(V25, o); got != want {
			t.Errorf("MIMETruncation %d at 2.5: %d, want %d", i, got, want)
		}
		o.Bodies = []wire.BodyPreference{pref(4, -1)}
		if got := limit(V141, o); got != want {
			t.Errorf("MIMETruncation %d: %d, want %d", i, got, want)
		}
		o.Bodies = []wire.BodyPreference{pref(4, 77)}
		if got := limit(V141, o); got != 77 {
			t.Errorf("MIMETruncation %d and TruncationSize: %d", i, got)
		}
	}
	all := pref(1, -1)
	all.AllOrNone = true
	f := emailForm{version: V141, options: wire.Options{Bodies: []wire.BodyPreference{all}}}
	if got := f.bodies(plain)[0]; got.allOrNone || got.limit != unlimited {
		t.Errorf("AllOrNone without a size: %+v", got)
	}
}

// TestRowsFilesOfMIME: files are listed though the body has them.
func TestRowsFilesOfMIME(t *testing.T) {
	for _, v := range AllVersions {
		h, rec := emailRig(t, []byte(crlf(withFile)))
		o := wire.Options{MIMESupport: 2}
		if v >= V120 {
			o.Bodies = []wire.BodyPreference{pref(4, -1)}
		}
		dump := written(t, h, rec, emailForm{version: v, options: o})
		if !strings.Contains(dump, ":Attachment\n") || !strings.Contains(dump, "YWJj") {
			t.Errorf("%v:\n%s", v, dump)
		}
	}
}

// TestRowsPreviewLength: previews are up to 255 characters.
func TestRowsPreviewLength(t *testing.T) {
	r := newRig(t)
	inbox := r.fill(1)
	for _, v := range []Version{V140, V141, V160, V161} {
		for n, want := range map[int]string{0: "1", 255: "1", 256: "4"} {
			options := []string{"AirSync:Options", ">AirSyncBase:BodyPreference", `>>AirSyncBase:Type "2"`, fmt.Sprintf(`>>AirSyncBase:Preview "%d"`, n)}
			if a := r.sync(t, call{version: v, body: syncOne(inbox, "0", options)}); a.status() != want {
				t.Errorf("%v: preview of %d: status %s", v, n, a.status())
			}
		}
	}
}
