package asclient

import "github.com/gannetmail/gannet/wbxml"

// Body types. MS-ASAIRS, Type.
const (
	PlainText = 1
	HTML      = 2
	MIME      = 4
)

// BodyPreference is one wish for the form of bodies.
type BodyPreference struct {
	Type       int
	Truncation int // bytes; 0: not sent, the whole body
	AllOrNone  bool
	Preview    int // characters; 0: not sent
}

// MailOptions are the options of a mail folder.
type MailOptions struct {
	Filter      int // FilterType; negative: not sent
	MIMESupport int
	Conflict    int // negative: not sent
	Bodies      []BodyPreference
}

// MailOptions makes the Options element for this client's version: body preferences exist from 12.0 on;
// before, the first one's truncation becomes the nearest class and MIME is asked for by MIMESupport.
func (c *Client) MailOptions(o MailOptions) []*Node {
	n := El(wbxml.AirSyncOptions)
	add := func(child *Node) { n.Children = append(n.Children, child) }
	if o.Filter >= 0 {
		add(El(wbxml.AirSyncFilterType, o.Filter))
	}
	if !c.AtLeast("12.0") {
		add(El(wbxml.AirSyncTruncation, truncationClass(o.Bodies)))
	}
	if o.Conflict >= 0 {
		add(El(wbxml.AirSyncConflict, o.Conflict))
	}
	if o.MIMESupport != 0 {
		add(El(wbxml.AirSyncMIMESupport, o.MIMESupport))
		if !c.AtLeast("12.0") {
			add(El(wbxml.AirSyncMIMETruncation, 8))
		}
	}
	if c.AtLeast("12.0") {
		n.Children = append(n.Children, c.bodies(o.Bodies)...)
	}
	return []*Node{n}
}

func (c *Client) bodies(prefs []BodyPreference) []*Node {
	var out []*Node
	for _, p := range prefs {
		b := El(wbxml.AirSyncBaseBodyPreference, El(wbxml.AirSyncBaseType, p.Type))
		if p.Truncation != 0 {
			b.Children = append(b.Children, El(wbxml.AirSyncBaseTruncationSize, p.Truncation))
		}
		if p.AllOrNone {
			b.Children = append(b.Children, El(wbxml.AirSyncBaseAllOrNone, 1))
		}
		if p.Preview != 0 && c.AtLeast("14.0") {
			b.Children = append(b.Children, El(wbxml.AirSyncBasePreview, p.Preview))
		}
		out = append(out, b)
	}
	return out
}

// truncationClass is the class of 2.5 that cuts least above the first preference's size.
func truncationClass(prefs []BodyPreference) int {
	if len(prefs) == 0 || prefs[0].Truncation == 0 {
		return 9
	}
	for class, size := range []int{0, 512, 1024, 2048, 5120, 10240, 20480, 51200, 102400} {
		if size >= prefs[0].Truncation {
			return class
		}
	}
	return 9
}

// MarkRead is the Change that sets the read flag.
func MarkRead(id string, read bool) *Node {
	value := "0"
	if read {
		value = "1"
	}
	return El(wbxml.AirSyncChange, El(wbxml.AirSyncServerId, id),
		El(wbxml.AirSyncApplicationData, El(wbxml.EmailRead, value)))
}

// MarkFlag is the Change that sets (2), completes (1) or clears (0) the follow-up flag, the short way that
// iOS has.
func MarkFlag(id string, status int) *Node {
	flag := El(wbxml.EmailFlag)
	if status != 0 {
		flag = El(wbxml.EmailFlag, El(wbxml.EmailStatus, status), El(wbxml.EmailFlagType, "Flag for follow up"))
	}
	return El(wbxml.AirSyncChange, El(wbxml.AirSyncServerId, id), El(wbxml.AirSyncApplicationData, flag))
}

// Delete is the Delete of an item; DeletesAsMoves decides whether it goes to Deleted Items.
func Delete(id string) *Node { return El(wbxml.AirSyncDelete, El(wbxml.AirSyncServerId, id)) }

// Fetch asks for one item whole. MS-ASCMD, Fetch (Sync).
func Fetch(id string) *Node { return El(wbxml.AirSyncFetch, El(wbxml.AirSyncServerId, id)) }
