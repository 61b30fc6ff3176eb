package doctor

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// An entry is an [Event] as a chart keeps it: a fifth of the size, for there are many charts. Times are whole
// seconds, spans milliseconds.
type entry struct {
	at, last     uint32 // seconds since 1970
	times        uint32
	status, code uint16
	what, why    uint8 // places in whats, whys
	command      uint8 // and commands
	version      uint8 // as on the wire, 141 for 14.1; 0: none
	wait, limit  uint32
	collection   int64
	tally        *Tally  // nil: nothing was told
	text         *string // nil: none
}

// These give each value its number. A command that is not among them is kept without its name.
var (
	whats = []What{
		"", Registered, Answered, Refused, Throttled, Delayed, Vanished, BrokenOff, Expired, Superseded, Woken, TreeNews, Unready,
		Offered, Learned, Lengthened, Unchanged, Begun, Synchronised, KeyRefused, Folders, AllFolders, FoldersReset,
	}
	whys = []Why{
		"", NewFolder, WasReset, WithFolders, ByItself, NoState, UnknownKey, TooOld, ItemAdded, ItemChanged, ItemRemoved, NotBegun, FolderTree,
	}
	commands = []string{
		"", "Sync", "SendMail", "SmartForward", "SmartReply", "GetAttachment", "GetHierarchy", "FolderSync", "FolderCreate",
		"FolderDelete", "FolderUpdate", "MoveItems", "GetItemEstimate", "MeetingResponse", "Search", "Settings", "Ping",
		"ItemOperations", "Provision", "ResolveRecipients", "ValidateCert", "Find",
	}
)

func pack(e Event) entry {
	p := entry{
		at: packTime(e.At), last: packTime(e.Last), times: uint32(e.Times), status: uint16(e.Status), code: uint16(e.Code),
		what: place(whats, e.What), why: place(whys, e.Why), command: place(commands, e.Command), version: packVersion(e.Version),
		wait: packSpan(e.Wait), limit: packSpan(e.Limit), collection: e.Collection,
	}
	if e.Text != "" {
		text := e.Text // of its own: a pointer into e would keep all of it
		p.text = &text
	}
	if e.Tally != (Tally{}) {
		tally := e.Tally
		p.tally = &tally
	}
	return p
}

func (p *entry) event() Event {
	e := Event{
		At: unpackTime(p.at), Last: unpackTime(p.last), Times: int(p.times), What: whats[p.what], Why: whys[p.why],
		Command: commands[p.command], Version: unpackVersion(p.version), Collection: p.collection, Status: int(p.status), Code: int(p.code),
		Wait: time.Duration(p.wait) * time.Millisecond, Limit: time.Duration(p.limit) * time.Millisecond,
	}
	if p.text != nil {
		e.Text = *p.text
	}
	if p.tally != nil {
		e.Tally = *p.tally
	}
	return e
}

// again counts an event that says nothing new.
func (p *entry) again(e Event) {
	p.times++
	p.last = packTime(e.At)
	p.wait = max(p.wait, packSpan(e.Wait))
}

// place is where v stands in a list, 0 when it does not.
func place[T comparable](list []T, v T) uint8 { return uint8(max(slices.Index(list, v), 0)) }

func packVersion(s string) uint8 {
	n, err := strconv.ParseUint(strings.Replace(s, ".", "", 1), 10, 8)
	if err != nil {
		return 0
	}
	return uint8(n)
}

func unpackVersion(v uint8) string {
	if v == 0 {
		return ""
	}
	return fmt.Sprintf("%d.%d", v/10, v%10)
}

func packTime(t time.Time) uint32 {
	return uint32(min(max(t.Unix(), 0), math.MaxUint32))
}

func unpackTime(s uint32) time.Time { return time.Unix(int64(s), 0).UTC() }

func packSpan(d time.Duration) uint32 {
	return uint32(min(max(d.Milliseconds(), 0), math.MaxUint32))
}
