package wire

import (
	"strconv"
	"strings"
	"time"

	"github.com/gannetmail/gannet/wbxml"
)

// EmailChange is what a device changes of a message: nil is unchanged. MS-ASEMAIL.
type EmailChange struct {
	Read       *bool
	Flag       *EmailFlag
	Categories *[]string
	Draft      *DraftChange `json:",omitempty"` // nil: nothing that only drafts have
	Invalid    string       // what is wrong with a value, empty if nothing is: the item gets status 6
}

// FlagUnsaid is the Status of a flag of which only details change.
const FlagUnsaid = -1

// EmailFlag is the follow-up flag of a message. Its zero value is no flag. MS-ASEMAIL, Flag.
type EmailFlag struct {
	Status         int    // 0 cleared, 1 complete, 2 active, FlagUnsaid
	Type           string // FlagType
	Subject        string
	CompleteTime   time.Time
	DateCompleted  time.Time
	StartDate      time.Time
	UTCStartDate   time.Time
	DueDate        time.Time
	UTCDueDate     time.Time
	ReminderSet    bool
	ReminderSaid   bool // a request says whether there is a reminder
	ReminderTime   time.Time
	OrdinalDate    time.Time
	SubOrdinalDate string
}

// maxCategories bounds the categories of one item. MS-ASEMAIL, Categories.
const maxCategories = 300

// emailChange reads the ApplicationData of an Add or a Change. Properties that a device may not change are
// passed over.
func (r *reader) emailChange(m *SyncCommand) error {
	c := &m.Email
	err := r.each(func(tag wbxml.Tag) error {
		switch tag {
		case wbxml.EmailRead:
			return r.read(c)
		case wbxml.EmailFlag:
			c.Flag = &EmailFlag{}
			return r.emailFlag(c)
		case wbxml.EmailCategories:
			c.Categories = &[]string{}
			return r.each(func(tag wbxml.Tag) error {
				if tag != wbxml.EmailCategory {
					return nil
				}
				return r.category(c)
			})
		}
		if tag == wbxml.AirSyncBaseInstanceId {
			return r.short(&m.Instance, maxKey)
		}
		if isObjectProperty(tag) {
			return r.objectProperty(m, &m.Properties, tag, 1)
		}
		return r.draftField(c, tag)
	})
	if c.Draft != nil && !c.Draft.said() {
		c.Draft = nil
	}
	return err
}

func (r *reader) read(c *EmailChange) error {
	var s string
	if err := r.text(&s); err != nil {
		return err
	}
	on, err := strconv.ParseBool(strings.TrimSpace(s))
	if err != nil {
		c.Invalid = "Read is neither 0 nor 1"
		return nil
	}
	c.Read = &on
	return nil
}

func (r *reader) category(c *EmailChange) error {
	var s string
	if err := r.short(&s, MaxText); err != nil {
		return err
	}
	switch s = strings.TrimSpace(s); {
	case s == "":
	case len(s) > 255:
		c.Invalid = "category too long"
	case len(*c.Categories) >= maxCategories:
		c.Invalid = "too many categories"
	default:
		*c.Categories = append(*c.Categories, s)
	}
	return nil
}

// emailFlag reads a Flag; the last of a repeated child wins.
func (r *reader) emailFlag(c *EmailChange) error {
	f := c.Flag
	times := map[wbxml.Tag]*time.Time{
		wbxml.EmailCompleteTime: &f.CompleteTime, wbxml.TasksDateCompleted: &f.DateCompleted,
		wbxml.TasksStartDate: &f.StartDate, wbxml.TasksUtcStartDate: &f.UTCStartDate,
		wbxml.TasksDueDate: &f.DueDate, wbxml.TasksUtcDueDate: &f.UTCDueDate,
		wbxml.TasksReminderTime: &f.ReminderTime, wbxml.TasksOrdinalDate: &f.OrdinalDate,
	}
	said := false
	err := r.each(func(tag wbxml.Tag) error {
		if tag == wbxml.EmailStatus {
			said = true
		} else if !said {
			f.Status = FlagUnsaid // an empty flag is one that is cleared
		}
		switch tag {
		case wbxml.EmailStatus:
			return r.flagStatus(c)
		case wbxml.EmailFlagType:
			return r.short(&f.Type, 1024)
		case wbxml.TasksSubject:
			return r.short(&f.Subject, MaxText)
		case wbxml.TasksReminderSet:
			f.ReminderSaid = true
			return r.flag(&f.ReminderSet)
		case wbxml.TasksSubOrdinalDate:
			return r.short(&f.SubOrdinalDate, 256)
		}
		if into := times[tag]; into != nil {
			return r.flagTime(c, into)
		}
		return nil
	})
	if err == nil && c.Invalid == "" {
		c.Invalid = f.invalid()
	}
	return err
}

func (r *reader) flagStatus(c *EmailChange) error {
	var s string
	if err := r.text(&s); err != nil {
		return err
	}
	n, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil || n < 0 || n > 2 {
		c.Invalid = "Status of a flag is none of 0, 1, 2"
	}
	c.Flag.Status = n
	return nil
}

func (r *reader) flagTime(c *EmailChange, into *time.Time) error {
	var s string
	if err := r.short(&s, 256); err != nil || strings.TrimSpace(s) == "" {
		return err
	}
	t, ok := ParseTime(s)
	if !ok {
		c.Invalid = "unreadable date in a flag"
	}
	*into = t
	return nil
}

// invalid says what is wrong with the flag as a whole.
func (f *EmailFlag) invalid() string {
	dates := 0
	for _, t := range []time.Time{f.StartDate, f.UTCStartDate, f.DueDate, f.UTCDueDate} {
		if !t.IsZero() {
			dates++
		}
	}
	switch {
	case dates != 0 && dates != 4:
		return "a flag has all four dates or none"
	case f.StartDate.After(f.DueDate), f.UTCStartDate.After(f.UTCDueDate):
		return "a flag is due before it starts"
	case f.ReminderSet && f.ReminderTime.IsZero():
		return "a reminder without a time"
	}
	return ""
}
