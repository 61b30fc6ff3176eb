package doctor

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
	"unsafe"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func words() Words {
	return Words{Device: "iPhone", Now: noon, Folder: func(c int64) string {
		return map[int64]string{1: "Inbox", 2: "Trash"}[c]
	}}
}

func TestSentences(t *testing.T) {
	at := noon.Add(-79 * time.Minute)
	tests := []struct {
		event Event
		want  string
	}{
		{Event{What: Registered}, "At 10:41 the iPhone was here for the first time."},
		{Event{What: Begun, Collection: 1, Why: WithFolders}, "At 10:41 the iPhone asked for “Inbox” from the start, because it had begun anew with the list of folders."},
		{Event{What: KeyRefused, Collection: 9, Why: TooOld}, "At 10:41 the iPhone was sent back to the start of a folder that is gone, because it was away for longer than deletions are remembered."},
		{Event{What: Synchronised, Collection: 2, Tally: Tally{Added: 3, Removed: 1, Left: 12, FromDevice: 2, Conflicts: 1, More: true}},
			"At 10:41 the iPhone synchronised “Trash”: 3 added, 1 gone, deleted or moved elsewhere by somebody, 12 dropped on the device only, since they are older than it wants to keep, 2 changes of its own, of these 1 in vain, because somebody else was quicker, more to come."},
		{Event{What: Refused, Command: "Sync", Status: 142}, "At 10:41 the iPhone was refused Sync: it has to agree to the policy first, and was sent to do so."},
		{Event{What: Refused, Command: "FolderCreate", Status: 2, Text: "exists"}, "At 10:41 the iPhone was refused FolderCreate with status 2: exists."},
		{Event{What: Refused, Command: "Sync", Code: 503}, "At 10:41 the iPhone was refused Sync with HTTP 503."},
		{Event{What: Expired, Wait: 8 * time.Minute, Times: 12, Last: noon}, "At 10:41 the iPhone waited for 8 min, and there was nothing new; 12 times until 12:00."},
		{Event{What: Woken, Collection: 1, Why: ItemAdded}, "At 10:41 the iPhone was woken by something new in “Inbox”."},
		{Event{What: Throttled, Limit: 90 * time.Second}, "At 10:41 the iPhone asked more often than it may and was told to come again after 90 s."},
		{Event{What: Unready, Status: 5}, "At 10:41 the iPhone wanted to wait for news, but for a time out of range, and was told one within."},
		{Event{What: Offered, Wait: time.Hour, Limit: 4*time.Minute + 30*time.Second}, "At 10:41 the iPhone was told to wait for 4 min 30 s instead of 1 h."},
		{Event{What: Answered, Command: "SendMail"}, "At 10:41 the iPhone sent a message."},
	}
	for _, tt := range tests {
		tt.event.At = at
		if got := tt.event.Sentence(words()); got != tt.want {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
	}
	old := Event{What: Unchanged, At: noon.AddDate(0, 0, -1)}
	if got := old.Sentence(Words{Now: noon}); !strings.HasPrefix(got, "On 23 November, 12:00 the device asked") {
		t.Error(got)
	}
}

// TestEntry checks that what a chart keeps of an event is all of it, to the second.
func TestEntry(t *testing.T) {
	for i, what := range whats {
		e := Event{
			At: noon, Last: noon.Add(time.Hour), Times: 70_000, What: what, Why: whys[i%len(whys)], Command: commands[i%len(commands)], Version: []string{"", "2.5", "14.1", "16.1"}[i%4],
			Collection: 1 << 40, Status: 177, Code: 503, Wait: time.Hour, Limit: 1500 * time.Millisecond, Tally: Tally{Added: 512, More: true}, Text: "x",
		}
		p := pack(e)
		if got := p.event(); got != e {
			t.Errorf("got  %+v\nwant %+v", got, e)
		}
	}
	if size := unsafe.Sizeof(entry{}); size > 56 {
		t.Errorf("an entry takes %d bytes", size)
	}
}

// TestEveryKindHasWords checks that no kind of event falls through to the words of its command.
func TestEveryKindHasWords(t *testing.T) {
	for _, what := range whats {
		if what == "" || what == Answered {
			continue
		}
		if got := (Event{What: what, Command: "Nonsense"}).Sentence(words()); strings.Contains(got, "iPhone used ") {
			t.Errorf("%s: %s", what, got)
		}
	}
}

func TestChartMergesAndIsBounded(t *testing.T) {
	var c Chart
	for i := range 100 {
		c.Note(Event{At: noon.Add(time.Duration(i) * time.Minute), What: Expired, Command: "Ping", Wait: 5 * time.Minute})
		c.Note(Event{At: noon.Add(time.Duration(i) * time.Minute), What: Unchanged, Command: "Sync"})
	}
	if list := c.Events(); len(list) != 2 || list[0].Times != 100 || !list[1].Last.Equal(noon.Add(99*time.Minute)) {
		t.Errorf("uneventful: %+v", list)
	}
	for i := range 3 * MaxEvents {
		c.Note(Event{At: noon, What: Woken, Collection: int64(i)})
	}
	list := c.Events()
	if len(list) != MaxEvents || list[0].Collection != 2*MaxEvents || list[MaxEvents-1].Collection != 3*MaxEvents-1 {
		t.Errorf("%d events, from %d to %d", len(list), list[0].Collection, list[len(list)-1].Collection)
	}
	c.Note(Event{What: Refused, Text: strings.Repeat("ä", 500)})
	if last := c.Events()[MaxEvents-1]; len(last.Text) > maxText || !strings.HasSuffix(last.Text, "ä") {
		t.Errorf("text of %d bytes", len(last.Text))
	}
}

func TestWhyBegun(t *testing.T) {
	tests := []struct {
		name   string
		before []Event
		want   Why
	}{
		{"refused", []Event{{What: Synchronised, Collection: 1}, {What: KeyRefused, Collection: 1}}, WasReset},
		{"folders anew", []Event{{What: KeyRefused, Collection: 1}, {What: AllFolders}}, WithFolders},
		{"out of the blue", []Event{{What: KeyRefused, Collection: 2}, {What: Synchronised, Collection: 1}, {What: KeyRefused, Collection: 2}}, ByItself},
		{"nothing known", nil, ByItself},
	}
	for _, tt := range tests {
		var c Chart
		for _, e := range tt.before {
			c.Note(e)
		}
		c.Note(Event{What: Begun, Collection: 1})
		if got := c.back(0).event().Why; got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestCounters(t *testing.T) {
	var c Counters
	for i := range 1000 {
		c.Request(fmt.Sprint("command ", i))
		c.Refuse(fmt.Sprint(i))
		c.Wake(int64(i), ItemAdded)
	}
	if len(c.Requests) > maxCounts || len(c.Refused) > maxCounts || len(c.Wakes) > maxWakes+4 {
		t.Errorf("not bounded: %d, %d, %d", len(c.Requests), len(c.Refused), len(c.Wakes))
	}
	if c.Total() != 1000 || c.Of(further) != 1000-maxCounts+1 {
		t.Errorf("total %d, others %d", c.Total(), c.Of(further))
	}
	d := c.Clone()
	d.Request("command 0")
	if c.Of("command 0") != 1 {
		t.Error("the copy shares its counts")
	}
}

func TestPush(t *testing.T) {
	var p Push
	if p.Median() != 0 {
		t.Error("a median of nothing")
	}
	p.Add(time.Hour, noon)
	for i := range 100 {
		p.Add(time.Duration(i)*time.Millisecond, noon.Add(time.Second))
	}
	if p.N != 101 || p.Worst != time.Hour.Milliseconds() || !p.At.Equal(noon) || len(p.Latest) != maxPush || p.Median() != 84*time.Millisecond {
		t.Errorf("%+v, median %v", p, p.Median())
	}
}

func TestHealth(t *testing.T) {
	report := func(change func(*Report)) Report {
		r := Report{Counters: Counters{Requests: []Count{{"Ping", 90}, {"Sync", 10}}, Waits: 90}}
		change(&r)
		return r
	}
	tests := []struct{ got, want string }{
		{Report{}.Health(), "not seen since the counters began"},
		{report(func(r *Report) { r.Counters.Push.Add(40*time.Millisecond, noon) }).Health(), "well, pushes in 40 ms"},
		{report(func(r *Report) { r.Counters.Throttled, r.Heartbeat.Limit = 50, 4*time.Minute }).Health(), "asks too often; network cuts waits, kept to 4 min"},
		{report(func(r *Report) { r.Events = []Event{{What: Refused, Status: 129}} }).Health(), "refused: the device is kept out, by the operator or because it waits to be let in"},
		{report(func(r *Report) { r.Events = []Event{{What: Begun, Why: ByItself, Times: 7}} }).Health(), "starts over again and again"},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
}

// TestSize holds what a chart costs: many devices have one.
func TestSize(t *testing.T) {
	var c Chart
	for i := range MaxEvents {
		c.Note(Event{At: noon, What: Woken, Collection: int64(i)})
	}
	raw, err := json.Marshal(c.Counters)
	if err != nil || len(raw) > 1500 {
		t.Errorf("counters take %d bytes, %v", len(raw), err)
	}
}
