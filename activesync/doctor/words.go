package doctor

import (
	"fmt"
	"strings"
	"time"
)

// Words are what sentences need to know besides the event.
type Words struct {
	Device string                        // what to call the device: "iPhone"; empty: "device"
	Folder func(collection int64) string // its name, empty when it is gone; nil: none is known
	Now    time.Time                     // in the time zone of the reader
}

// Sentence says what happened, for a person who uses or looks after the device.
func (e Event) Sentence(w Words) string {
	if w.Device == "" {
		w.Device = "device"
	}
	text := w.when(e.At) + " the " + w.Device + " " + e.predicate(w)
	if e.Times > 1 {
		text += fmt.Sprintf("; %d times until %s", e.Times, w.clock(e.Last))
	}
	return text + "."
}

// when is the beginning of a sentence.
func (w Words) when(t time.Time) string {
	clock := w.clock(t)
	if strings.Contains(clock, " ") {
		return "On " + clock
	}
	return "At " + clock
}

// clock is a time of today, or of another day with its date.
func (w Words) clock(t time.Time) string {
	t = t.In(w.Now.Location())
	switch {
	case t.Year() != w.Now.Year():
		return t.Format("2 January 2006, 15:04")
	case t.YearDay() != w.Now.YearDay():
		return t.Format("2 January, 15:04")
	}
	return t.Format("15:04")
}

// folder is what a collection is called.
func (w Words) folder(collection int64) string {
	if w.Folder != nil {
		if name := w.Folder(collection); name != "" {
			return "“" + name + "”"
		}
	}
	return "a folder that is gone"
}

// plainPredicates are those that need nothing but the event's kind.
var plainPredicates = map[What]string{
	Registered:   "was here for the first time",
	BrokenOff:    "broke the connection in the middle of an answer, which it will ask for again",
	TreeNews:     "was woken because the folders have changed",
	Unchanged:    "asked whether there is anything new, and there was nothing",
	AllFolders:   "asked for all folders from the start and got them",
	FoldersReset: "was sent back to ask for all folders from the start",
}

// predicate is the sentence without time and subject.
func (e Event) predicate(w Words) string {
	if text, ok := plainPredicates[e.What]; ok {
		return text + because(e.Why)
	}
	switch e.What {
	case Refused:
		return e.refusal()
	case Throttled:
		return fmt.Sprintf("asked more often than it may and was told to come again after %s", Span(e.Limit))
	case Delayed:
		return fmt.Sprintf("was held back for %s, because its waits all ended at once", Span(e.Wait))
	case Vanished, Expired, Superseded, Woken, Unready, Offered, Learned, Lengthened:
		return e.waiting(w)
	case Begun:
		return "asked for " + w.folder(e.Collection) + " from the start" + because(e.Why)
	case KeyRefused:
		return "was sent back to the start of " + w.folder(e.Collection) + because(e.Why)
	case Synchronised:
		return "synchronised " + w.folder(e.Collection) + e.Tally.words()
	case Folders:
		return "was told of changes of the folders" + e.Tally.words()
	}
	return actions(e.Command)
}

// actions are what commands do that came out well.
func actions(command string) string {
	if text, ok := commandWords[command]; ok {
		return text
	}
	return "used " + command
}

var commandWords = map[string]string{
	"SendMail": "sent a message", "SmartReply": "sent a reply", "SmartForward": "forwarded a message",
	"GetAttachment": "fetched an attachment", "ItemOperations": "fetched items or files, or emptied a folder",
	"MoveItems": "moved items", "GetItemEstimate": "asked how much there is to come", "Search": "searched", "Find": "searched",
	"Settings": "read or changed settings", "Provision": "took part in the exchange about the policy",
	"FolderCreate": "created a folder", "FolderDelete": "deleted a folder", "FolderUpdate": "renamed or moved a folder",
	"ResolveRecipients": "looked up recipients", "ValidateCert": "had a certificate checked",
	"MeetingResponse": "answered an invitation", "GetHierarchy": "asked for the folders", "Ping": "waited for news",
}

// waiting are the predicates about waits.
func (e Event) waiting(w Words) string {
	switch e.What {
	case Vanished:
		return fmt.Sprintf("lost its connection after waiting for %s", Span(e.Wait))
	case Expired:
		return fmt.Sprintf("waited for %s, and there was nothing new", Span(e.Wait))
	case Superseded:
		return "stopped waiting, because it asked for something else"
	case Woken:
		return "was woken" + wakeWords(e.Why, w.folder(e.Collection))
	case Offered:
		return fmt.Sprintf("was told to wait for %s instead of %s", Span(e.Limit), Span(e.Wait))
	case Learned:
		return fmt.Sprintf("lost its connection twice after %s: something between it and the server, most often a proxy or the "+
			"mobile network, ends connections that are quiet for so long, so waits now end after %s", Span(e.Wait), Span(e.Limit))
	case Lengthened:
		if e.Limit == 0 {
			return "may again wait for as long as it likes"
		}
		return fmt.Sprintf("is let wait for %s again, to see whether its network bears that", Span(e.Limit))
	}
	if text, ok := unreadyWords[e.Status]; ok {
		return "wanted to wait for news, but " + text
	}
	return fmt.Sprintf("wanted to wait for news in a way that was refused with status %d", e.Status)
}

// unreadyWords are statuses of Ping, and of Sync for a wait.
var unreadyWords = map[int]string{
	3: "left out what the server does not know: it repeats the whole request", 4: "the request was not well made",
	5: "for a time out of range, and was told one within", 6: "for more folders than the server watches",
	13: "left out what the server does not know: it repeats the whole request",
	14: "for a time out of range, and was told one within", 15: "for more folders than the server watches",
}

func wakeWords(why Why, folder string) string {
	switch why {
	case ItemAdded:
		return " by something new in " + folder
	case ItemChanged:
		return " by a change in " + folder
	case ItemRemoved:
		return " because something is gone from " + folder
	case NotBegun:
		return " to synchronise " + folder + ", which it has not done yet"
	}
	return " by " + folder
}

var whyWords = map[Why]string{
	NewFolder:   "it did not have the folder yet",
	WasReset:    "the server had told it to",
	WithFolders: "it had begun anew with the list of folders",
	ByItself:    "it wanted to: the server had not told it to. Nothing is doubled by that",
	NoState:     "the server remembers nothing of it here: the device is new, or was removed or retired meanwhile",
	UnknownKey:  "it named a state that is neither the last nor the one before, as after a restored backup",
	TooOld:      "it was away for longer than deletions are remembered",
}

func because(why Why) string {
	if text, ok := whyWords[why]; ok {
		return ", because " + text
	}
	return ""
}

// words lists what was told, behind a colon.
func (t Tally) words() string {
	var parts []string
	say := func(n int, text string) {
		if n > 0 {
			parts = append(parts, fmt.Sprintf(text, n))
		}
	}
	say(t.Added, "%d added")
	say(t.Changed, "%d changed")
	say(t.Removed, "%d gone, deleted or moved elsewhere by somebody")
	say(t.Left, "%d dropped on the device only, since they are older than it wants to keep")
	say(t.FromDevice, "%d changes of its own")
	say(t.Conflicts, "of these %d in vain, because somebody else was quicker")
	say(t.Refused, "of these %d refused")
	say(t.Short, "%d sent as short text, because it had stuck on them")
	say(t.Notes, "%d replaced by a note, because they cannot be shown as they are")
	if t.More {
		parts = append(parts, "more to come")
	}
	if len(parts) == 0 {
		return ""
	}
	return ": " + strings.Join(parts, ", ")
}

// Span writes a length of time as people do: "90 s", "8 min", "1 h 5 min".
func Span(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < 2*time.Minute:
		return fmt.Sprintf("%d s", int(d.Round(time.Second).Seconds()))
	case d < time.Hour && d%time.Minute != 0 && d < 10*time.Minute:
		return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Round(time.Second).Seconds())%60)
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	}
	return strings.TrimSuffix(fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60), " 0 min")
}
