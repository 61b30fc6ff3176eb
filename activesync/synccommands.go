package activesync

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/store"
)

// maxSyncCommands is how many commands one request may hold. MS-ASCMD, Limiting Size of Commands.
const maxSyncCommands = 200

// A response is what an answer says about a command of the device.
type response struct {
	command  wire.SyncCommand
	status   int
	serverID string
	record   store.Record      // of a fetched item
	draft    *wire.DraftAnswer // nil: nothing to be said
	answer   objectData        // of an object; nil: nothing to be said
	refused  bool              // the device may not do it, and is put right: see refused.go
}

// reported reports whether the answer speaks of it: of a change or a removal only when it failed, or when
// files have been added.
func (r response) reported() bool {
	return r.draft != nil && len(r.draft.Files) > 0 || r.answer != nil || r.command.Instance != "" || r.status != syncOK || r.command.Op == wire.SyncAdd || r.command.Op == wire.SyncFetch
}

// done reports whether the command was executed, be it in part.
func (r response) done() bool { return r.status == syncOK || r.status == syncExceptionsFailed }

// itemStatus is what a command comes to that the store refuses; every other error concerns the collection.
var itemStatus = []struct {
	is     error
	status int
}{
	{store.NotFound, syncNotFound},
	{store.OverQuota, syncCannotComplete},
	{store.TooLarge, syncCannotComplete},
	{store.Conflict, syncConflict},
	{store.Exists, syncConversion},
	{store.Invalid, syncConversion},
}

// execute does what the device asks for, each command once: a request that is repeated because its answer
// was lost has the answer repeated, and what it has anew executed.
func (c *collectionRun) execute(tx store.Tx) error {
	repeated := c.state.Done.repetition()
	for i, command := range c.in.Commands {
		if err := c.executeOne(tx, i, command, repeated); err != nil {
			return fmt.Errorf("command on %q: %w", command.ServerID, err)
		}
	}
	c.state.Done = repeated.done()
	return nil
}

// executeOne executes the i-th command.
func (c *collectionRun) executeOne(tx store.Tx, i int, command wire.SyncCommand, repeated *repetition) error {
	m, object := c.drafts[i], c.objects[i] // the message or the object made for it, nil if it is about none
	out := response{command: command, serverID: command.ServerID, status: syncOK}
	hash := hashOf(command)
	if command.Op == wire.SyncAdd {
		out.serverID = shortMessageID(hash)
	}
	if before, ok := repeated.find(hash); ok {
		out.status = before.status
		err := c.filesOf(tx, hash, command, &out)
		c.responses = append(c.responses, out)
		return err
	}
	if c.class != store.Mail && command.Op != wire.SyncFetch {
		if refused, err := c.refuses(tx, command, object); err != nil {
			return err
		} else if refused {
			err := c.refuse(tx, command, &out)
			c.responses = append(c.responses, out)
			return err
		}
	}
	var err error
	switch {
	case c.class != store.Mail && command.Op != wire.SyncFetch:
		if object == nil {
			return fmt.Errorf("no object was made for %q", command.ClientID) // its folder has just come
		}
		err = c.executeObject(tx, command, object, &out)
	case command.Op == wire.SyncAdd:
		if m != nil {
			err = c.addDraft(tx, command, m, &out)
		} else {
			out.status = c.add(command)
		}
	case command.Op == wire.SyncChange:
		if out.status, err = c.change(tx, command, m); err == nil && out.status == syncOK && m != nil && len(m.files) > 0 {
			c.remember(changeKey(hash), draftMemory{Files: m.files})
			err = c.filesOf(tx, hash, command, &out)
		}
	case command.Op == wire.SyncDelete:
		out.status, err = c.remove(tx, command)
	case command.Op == wire.SyncFetch:
		out.record, out.status, err = c.fetch(tx, command)
	}
	if err != nil {
		status, known := statusOf(err)
		if !known {
			return err
		}
		out.status = status
	}
	if !out.done() && command.Op == wire.SyncAdd {
		out.serverID = ""
	}
	if command.Op != wire.SyncFetch && (m == nil && object == nil || command.Op != wire.SyncAdd) {
		_, uid, _ := parseItemID(command.ServerID)
		repeated.note(doneCommand{hash: hash, uid: uid, status: out.status})
	}
	c.responses = append(c.responses, out)
	return nil
}

func statusOf(err error) (int, bool) {
	for _, row := range itemStatus {
		if errors.Is(err, row.is) {
			return row.status, true
		}
	}
	return 0, false
}

// shortMessagePrefix begins the ids of SMS. They lead to nothing: some phones upload SMS even though the
// policy forbids it, and stop all mail when that fails.
const shortMessagePrefix = "sms-"

func shortMessageID(hash commandHash) string { return fmt.Sprintf("%s%x", shortMessagePrefix, hash) }

// add refuses new mail: a device sends it, and drafts belong to later versions of the protocol.
func (c *collectionRun) add(command wire.SyncCommand) int {
	if strings.EqualFold(command.Class, classSMS) {
		return syncOK
	}
	return syncConversion
}

// entry returns the UID of the entry that the device calls by that server id in this collection.
func (c *collectionRun) entry(serverID string) (store.UID, error) {
	id, uid, ok := parseItemID(serverID)
	if !ok || id != c.id {
		return 0, store.NotFound
	}
	return c.state.current(uid), nil
}

// change changes the marks of a message. MS-ASCMD, Conflict: of what somebody else has changed in the
// meantime, the device's or the server's value stays, mark by mark.
func (c *collectionRun) change(tx store.Tx, command wire.SyncCommand, m *madeDraft) (int, error) {
	if strings.HasPrefix(command.ServerID, shortMessagePrefix) {
		return syncOK, nil
	}
	uid, err := c.entry(command.ServerID)
	if err != nil {
		return 0, err
	}
	r, err := tx.Record(c.id, uid, store.WantItem)
	if errors.Is(err, store.NotFound) && command.Email.Draft != nil {
		var was store.Entry
		if was, r, err = c.state.rewritten(tx, c.id, uid, store.WantItem); err == nil {
			c.state.adopt(was, r)
			uid = r.UID
		}
	}
	if err != nil {
		return 0, err
	}
	if command.Email.Invalid != "" {
		c.log.Info("change refused", "item", r.Item.ID, "reason", command.Email.Invalid)
		return syncConversion, nil
	}
	if m != nil && (m.err != nil || m.status != 0) {
		return m.status, m.err
	}
	if m == nil && command.Email.Draft != nil && command.Email.Draft.Send {
		return syncConversion, nil // it is no draft
	}
	status := syncOK
	change := command.Email
	if m != nil && m.base != r.Item.Blob { // since the message was made
		status, m = syncConflict, nil
	}
	if m != nil && c.news(r)&store.Content != 0 {
		m.silent = false // what the device does not write itself of it is news
	}
	if !c.options.ClientWins {
		if lost := c.conflicts(r, change); lost != 0 {
			status = syncConflict
			change = without(change, lost)
		}
	}
	change.Flag = completed(change.Flag, c.q.now)
	marked, err := tx.Mark(c.id, uid, flagChange(r.Item, change))
	if err != nil {
		return 0, err
	}
	if marked.ModSeq != r.ModSeq {
		c.own(uid, marked.ModSeq)
	}
	if m != nil && change.Draft != nil {
		return status, c.replaceDraft(tx, uid, m)
	}
	return status, nil
}

// own remembers a change of the device itself.
func (c *collectionRun) own(uid store.UID, at store.ModSeq) {
	c.state.Own = c.state.Own.with(ownChange{UID: uid, ModSeq: at})
}

// conflicts returns the facets that the device wants to change and that somebody else has changed to
// another value since the device last heard of them.
func (c *collectionRun) conflicts(r store.Record, change wire.EmailChange) store.Facets {
	var lost store.Facets
	if change.Read != nil && *change.Read != (r.Item.Flags&store.Seen != 0) {
		lost |= store.ReadFlag
	}
	if change.Flag != nil && change.Flag.Status != flagStatus(r.Item) {
		lost |= store.FollowUp
	}
	if change.Categories != nil && !slices.Equal(*change.Categories, categories(r.Item.Keywords)) {
		lost |= store.Labels
	}
	if change.Draft != nil {
		lost |= store.Content
	}
	return lost & c.news(r)
}

// news returns the facets that somebody else has changed since the device last heard of them.
func (c *collectionRun) news(r store.Record) store.Facets {
	at := c.state.Acked.At
	known := at.Known
	if own, mine := c.state.Own.created(r.UID); mine { // the journal passes it over, and it is told in its turn
		known = own.AsOf
	} else if !at.Journal.store().Less(r.Place()) {
		return 0
	}
	return c.state.Own.news(r, known)
}

func flagStatus(i store.Item) int {
	if f := emailFlag(i); f != nil {
		return f.Status
	}
	return flagCleared
}

// without returns the change without those facets.
func without(change wire.EmailChange, lost store.Facets) wire.EmailChange {
	if lost&store.ReadFlag != 0 {
		change.Read = nil
	}
	if lost&store.Content != 0 {
		change.Draft = nil
	}
	if lost&store.FollowUp != 0 {
		change.Flag = nil
	}
	if lost&store.Labels != 0 {
		change.Categories = nil
	}
	return change
}

// flagChange is the change in the store's words.
func flagChange(i store.Item, c wire.EmailChange) store.FlagChange {
	var out store.FlagChange
	set := func(flag store.Flags, on bool) {
		if on {
			out.Add |= flag
		} else {
			out.Remove |= flag
		}
	}
	if c.Read != nil {
		set(store.Seen, *c.Read)
	}
	if c.Flag != nil {
		flag := *c.Flag
		if flag.Status == wire.FlagUnsaid {
			flag.Status = flagStatus(i)
		}
		set(store.Flagged, flag.Status == flagActive)
		follow := followUp(flag, i)
		out.SetFollow = &follow
	}
	if c.Categories != nil {
		keywords := slices.Clone(*c.Categories)
		for _, k := range i.Keywords {
			if isProgramKeyword(k) {
				keywords = append(keywords, k)
			}
		}
		out.SetKeywords = &keywords
	}
	return out
}

// completed gives a flag that is complete the times that it has to have, for devices that do not say when. MS-ASEMAIL,
// Completing a Flag.
func completed(f *wire.EmailFlag, now time.Time) *wire.EmailFlag {
	if f == nil || f.Status != flagComplete || !f.CompleteTime.IsZero() && !f.DateCompleted.IsZero() {
		return f
	}
	out := *f
	if out.CompleteTime.IsZero() {
		out.CompleteTime = cmp.Or(out.DateCompleted, now)
	}
	if out.DateCompleted.IsZero() {
		out.DateCompleted = out.CompleteTime
	}
	return &out
}

// followUp returns the details of a flag, nil for one that is cleared. One that the item has already is
// updated: what is not said stays. MS-ASEMAIL, Updating a Flag.
func followUp(f wire.EmailFlag, i store.Item) *store.Follow {
	if f.Status == flagCleared {
		return nil
	}
	var out store.Follow
	if i.Follow != nil && f.Status == flagStatus(i) {
		out = *i.Follow
	}
	out.Complete = f.Status == flagComplete
	if f.ReminderSaid {
		out.ReminderSet = f.ReminderSet
	}
	for _, text := range []struct {
		said string
		into *string
	}{{f.Type, &out.Type}, {f.Subject, &out.Subject}, {f.SubOrdinalDate, &out.SubOrdinalDate}} {
		if text.said != "" {
			*text.into = text.said
		}
	}
	for _, date := range []struct {
		said time.Time
		into *time.Time
	}{
		{f.CompleteTime, &out.CompleteTime}, {f.DateCompleted, &out.DateCompleted},
		{f.StartDate, &out.StartDate}, {f.UTCStartDate, &out.UTCStartDate},
		{f.DueDate, &out.DueDate}, {f.UTCDueDate, &out.UTCDueDate},
		{f.ReminderTime, &out.ReminderTime}, {f.OrdinalDate, &out.OrdinalDate},
	} {
		if !date.said.IsZero() {
			*date.into = date.said
		}
	}
	return &out
}

// remove moves an item to Deleted Items, or takes it away if the device wants that or the item is there
// already. One that is gone is as it should be: Android repeats removals that are answered otherwise.
func (c *collectionRun) remove(tx store.Tx, command wire.SyncCommand) (int, error) {
	uid, err := c.entry(command.ServerID)
	if err != nil {
		return syncOK, nil
	}
	trash, err := tx.CollectionByRole(store.Trash)
	if err != nil && !errors.Is(err, store.NotFound) {
		return 0, err
	}
	if c.in.Destroy || err != nil || trash.ID == c.id {
		err = tx.Remove(c.id, uid)
	} else {
		_, err = tx.Move(c.id, uid, trash.ID)
	}
	if errors.Is(err, store.NotFound) {
		return syncOK, nil
	} else if err != nil {
		return 0, err
	}
	at, err := tx.ModSeq()
	if err != nil {
		return 0, err
	}
	c.own(uid, at)
	return syncOK, nil
}

// fetch reads one item, to be sent whole.
func (c *collectionRun) fetch(r store.Reader, command wire.SyncCommand) (store.Record, int, error) {
	uid, err := c.entry(command.ServerID)
	if err != nil {
		return store.Record{}, 0, err
	}
	record, err := r.Record(c.id, uid, store.WantSummary)
	if errors.Is(err, store.NotFound) && c.class != store.Mail { // somebody else has given it another entry
		_, record, err = c.state.rewritten(r, c.id, uid, store.WantSummary)
	}
	return record, syncOK, err
}
