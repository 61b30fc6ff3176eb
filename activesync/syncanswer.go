package activesync

import (
	"cmp"
	"context"
	"log/slog"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/wbxml"
)

// A syncAnswer writes an answer. All that it says has been made durable before.
type syncAnswer struct {
	ctx context.Context // of the request that it answers
	h   *Handler
	e   *wbxml.Encoder
	w   *wire.SyncWriter
}

// answer writes what the collections have come to.
func (s *syncRun) answer(ctx context.Context, w *answer) error {
	e := w.encoder()
	a := syncAnswer{ctx: ctx, h: s.h, e: e, w: wire.NewSyncWriter(e)}
	for _, c := range s.runs {
		if c.told() || s.q.version < V121 {
			a.collection(c)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := e.Err(); err != nil {
			return err
		}
	}
	a.w.Close()
	return e.Err()
}

// collection writes one collection.
func (a *syncAnswer) collection(c *collectionRun) {
	head := wire.SyncHead{SyncKey: c.key, ID: c.in.ID, Status: c.status, More: c.window.more}
	if c.q.version < V140 {
		if head.Class = c.in.Class; head.Class == "" {
			head.Class = cmp.Or(folderClasses[c.class], classEmail)
		}
	}
	a.w.Begin(head)
	for _, r := range c.responses {
		if r.reported() {
			a.response(c, r)
		}
	}
	for _, ch := range c.window.changes {
		a.command(c, ch)
	}
	a.w.End()
	a.log(c)
	c.q.note(c.event())
}

// log says what the device was told. Each removal has a line of its own: where mail went is the question
// that people ask.
func (a *syncAnswer) log(c *collectionRun) {
	if !c.log.Enabled(a.ctx, slog.LevelDebug) {
		return
	}
	for _, ch := range c.window.changes {
		switch ch.op {
		case opDelete:
			c.log.Debug("removal told", "item", itemID(c.id, ch.record.UID), "reason", "removed from the folder")
		case opSoftDelete:
			c.log.Debug("removal told", "item", itemID(c.id, ch.record.UID), "reason", "older than the filter")
		}
	}
	c.log.Debug("collection told", "collection", c.in.ID, "status", c.status, "changes", len(c.window.changes),
		"more", c.window.more, "commands", len(c.responses))
}

// response writes what a command of the device came to.
func (a *syncAnswer) response(c *collectionRun, r response) {
	out := wire.SyncResponse{
		Op: r.command.Op, Class: r.command.Class, ClientID: r.command.ClientID, ServerID: r.serverID, Status: r.status,
		Instance: r.command.Instance,
	}
	switch {
	case r.answer != nil && r.done():
		a.w.Respond(out, func() {
			r.answer.Write(a.e, uint8(c.q.version))
			if r.draft != nil {
				r.draft.Write(a.e)
			}
		})
		return
	case r.draft != nil && r.status == syncOK:
		a.w.Respond(out, func() { r.draft.Write(a.e) })
		return
	case r.command.Op == wire.SyncFetch && a.e.BytesWritten() > maxFetched:
		out.Status = syncServerError // which has the device ask again
		a.w.Respond(out, nil)
		return
	case r.command.Op != wire.SyncFetch || r.status != syncOK:
		a.w.Respond(out, nil)
		return
	}
	a.item(c, r.record, true, func(data func()) { a.w.Respond(out, data) })
}

// command writes a change of the server.
func (a *syncAnswer) command(c *collectionRun, ch change) {
	id := cmp.Or(ch.name, itemID(c.id, c.state.name(ch.record.UID)))
	switch ch.op {
	case opDelete:
		a.w.Command(wire.SyncDelete, id, nil)
	case opSoftDelete:
		a.w.Command(wire.SyncSoftDelete, id, nil)
	case opAdd:
		a.item(c, ch.record, false, func(data func()) { a.w.Command(wire.SyncAdd, id, data) })
	case opChange:
		if ch.facets&store.Content != 0 {
			a.item(c, ch.record, false, func(data func()) { a.w.Command(wire.SyncChange, id, data) })
			return
		}
		marks := emailMarks(ch.record.Item)
		a.w.Command(wire.SyncChange, id, func() { marks.Write(a.e, uint8(c.q.version), marksOf(ch.facets)) })
	}
}

// item writes a message or an object through put.
func (a *syncAnswer) item(c *collectionRun, r store.Record, whole bool, put func(data func())) {
	if c.class == store.Mail {
		a.email(c, r, c.form(whole), put)
		return
	}
	form := a.h.objectForm(c.q, c.options, whole).in(a.h, c.q, c.folder, c.owner)
	if whole {
		form.options = uncut(form.options)
	}
	data := a.h.showObject(a.ctx, c.q, r, form, c.state.rung())
	put(func() { data.Write(a.e, uint8(c.q.version)) })
}

// email writes a message through put.
func (a *syncAnswer) email(c *collectionRun, r store.Record, form emailForm, put func(data func())) {
	rung := c.state.rung()
	if rung != rungAsked {
		c.log.Warn("device sticks on an item", "item", r.Item.ID, "repeats", c.state.Repeats)
	}
	m := a.h.present(a.ctx, c.q, r, form, rung)
	defer m.close()
	switch m.rung {
	case rungShort:
		c.tally.Short++
	case rungHead, rungNote:
		c.tally.Notes++
	}
	put(func() { m.Write(a.e, uint8(c.q.version)) })
}

// marksOf says which marks a change tells.
func marksOf(f store.Facets) wire.Marks {
	var m wire.Marks
	for _, row := range []struct {
		facet store.Facets
		mark  wire.Marks
	}{
		{store.ReadFlag, wire.MarkRead}, {store.FollowUp, wire.MarkFlag},
		{store.Labels, wire.MarkCategories}, {store.Verb, wire.MarkVerb},
	} {
		if f&row.facet != 0 {
			m |= row.mark
		}
	}
	return m
}
