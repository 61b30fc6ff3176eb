package activesync

import "github.com/gannetmail/gannet/activesync/doctor"

// event is what the answer of one collection comes to.
func (c *collectionRun) event() doctor.Event {
	e := doctor.Event{Collection: int64(c.id), Why: c.why}
	switch {
	case c.status == syncInvalidKey:
		e.What, e.Status = doctor.KeyRefused, c.status
	case c.status != syncOK:
		e.What, e.Status = doctor.Refused, c.status
		e.Text = syncWords[c.status]
	case c.in.SyncKey == initialKey:
		e.What = doctor.Begun
	case !c.told():
		e.What = doctor.Unchanged
	default:
		e.What, e.Tally = doctor.Synchronised, c.counted()
	}
	return e
}

// counted is what the answer told.
func (c *collectionRun) counted() doctor.Tally {
	t := c.tally
	t.FromDevice, t.More = len(c.responses), c.window.more
	for _, ch := range c.window.changes {
		switch ch.op {
		case opAdd:
			t.Added++
		case opChange:
			t.Changed++
		case opDelete:
			t.Removed++
		case opSoftDelete:
			t.Left++
		}
	}
	for _, r := range c.responses {
		switch {
		case r.refused:
			t.Refused++
		case r.status == syncOK:
		case r.status == syncConflict:
			t.Conflicts++
		default:
			t.Refused++
		}
	}
	return t
}

// syncWords say why a collection could not be synchronised.
var syncWords = map[int]string{
	syncProtocol:    "the request breaks the rules of Sync",
	syncServerError: "the server made a mistake; its log says which",
	syncHierarchy:   "there is no such folder; the device is to ask for the folders",
	syncRetry:       "the server was busy and asked it to come again",
}

// event is what the answer comes to.
func (f *folderRun) event() doctor.Event {
	switch {
	case f.asked == initialKey:
		return doctor.Event{What: doctor.AllFolders}
	case f.changes.Count() == 0:
		return doctor.Event{What: doctor.Unchanged}
	}
	return doctor.Event{What: doctor.Folders, Tally: doctor.Tally{
		Added: f.changes.New(), Changed: len(f.changes.There) - f.changes.New(), Removed: len(f.changes.Gone),
	}}
}
