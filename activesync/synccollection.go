package activesync

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/gannetmail/gannet/activesync/doctor"
	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
)

// Statuses of Sync. MS-ASCMD, Status (Sync).
const (
	syncOK             = 1
	syncInvalidKey     = 3
	syncProtocol       = 4
	syncServerError    = 5
	syncConversion     = 6
	syncConflict       = 7
	syncNotFound       = 8
	syncCannotComplete = 9
	syncHierarchy      = 12
	syncIncomplete     = 13
	syncBadWait        = 14
	syncTooMany        = 15
	syncRetry          = 16
)

// A collectionRun is one collection of a Sync request on its way from request to answer.
type collectionRun struct {
	in      wire.SyncCollection
	q       *request
	log     *slog.Logger
	budget  *budget // of the whole answer
	sender  Sender
	drafts  map[int]*madeDraft  // by place of the command
	objects map[int]*madeObject // likewise

	class   store.Class
	id      store.CollectionID
	role    store.Role
	folder  folder
	owner   store.Account    // of folder
	state   *collectionState // nil: the device has none
	raw     []byte           // what state was read from
	options wire.Options

	ran       bool // what follows is set
	status    int
	key       string // of the answer
	responses []response
	window    window
	changed   bool         // state is to be written
	why       doctor.Why   // of a key that is refused
	tally     doctor.Tally // of what the answer says; complete once it is written
}

// told reports whether there is anything in the answer that the device does not know.
func (c *collectionRun) told() bool {
	return c.status != syncOK || c.key != c.in.SyncKey || c.window.more
}

// needsTx reports whether the collection can only be done inside a writing transaction.
func (c *collectionRun) needsTx() bool { return len(c.in.Commands) > 0 }

// wantsChanges reports whether the device wants to be told what is new. MS-ASCMD, GetChanges.
func (c *collectionRun) wantsChanges() bool { return c.in.GetChanges == nil || *c.in.GetChanges }

// reset makes the run begin again.
func (c *collectionRun) reset() {
	if c.window.changes != nil {
		c.budget.items += len(c.window.changes)
		c.budget.fresh = true
	}
	c.status, c.key, c.responses, c.window, c.changed = syncOK, c.in.SyncKey, nil, window{}, false
	c.why, c.tally = "", doctor.Tally{}
}

// run finds out what to answer. tx is nil when only reading is allowed; then commands are not executed.
func (c *collectionRun) run(reach *reach) error {
	c.reset()
	c.ran = true
	id, ok, err := reach.named(c.in.ID)
	switch {
	case err != nil:
		return err
	case c.invalid() != "":
		c.log.Info("collection refused", "collection", c.in.ID, "reason", c.invalid())
		c.status = syncProtocol
		return nil
	case !ok:
		c.status = syncHierarchy
		return nil
	}
	c.id = id
	if c.state, c.raw, err = readState(reach.r, c.q.device.ID, id); err != nil {
		return err
	}
	c.folder, err = reach.find(id)
	if errors.Is(err, store.NotFound) || err == nil && wireID(c.folder.Collection) != c.in.ID {
		// A device that does not know yet that the folder is gone finds it quiet until its next FolderSync:
		// clients that get a status here ask again and again.
		if c.state == nil || c.in.SyncKey == initialKey || len(c.in.Commands) > 0 {
			c.status = syncHierarchy
		}
		return nil
	}
	if err != nil {
		return err
	}
	c.role, c.class = c.folder.Role, c.folder.Class
	if !c.classesFit() || !talkFits(c.class, c.in.ConversationMode, c.q.version) {
		c.status = syncProtocol
		return nil
	}
	if c.owner, err = c.folder.r.Account(); err != nil { // it has the journal
		return err
	}
	if c.in.SyncKey == initialKey {
		return c.begin(c.folder.Collection, c.owner)
	}
	return c.goOn(c.folder.r, c.folder.tx, c.folder.Collection, c.owner)
}

// invalid says what is wrong with the request for this collection, empty if nothing is. MS-ASCMD, Class,
// MaxItems.
func (c *collectionRun) invalid() string {
	switch {
	case c.in.ID == recipientCache && (c.q.version < V140 || len(c.in.Commands) > 0):
		return "the recipient cache is only read, from 14.0 on"
	case !maxItemsFit(c.in.ID, c.in.Options):
		return "MaxItems outside of the recipient cache"
	}
	return c.in.Invalid
}

// classesFit reports whether what the request says of classes is right for the collection. MS-ASCMD, Class.
func (c *collectionRun) classesFit() bool {
	own := folderClasses[c.class]
	if c.in.Class != "" && !strings.EqualFold(c.in.Class, own) {
		return false
	}
	return !slices.ContainsFunc(c.in.Options, func(o wire.Options) bool {
		return o.Class != "" && !strings.EqualFold(o.Class, own) && !(c.class == store.Mail && strings.EqualFold(o.Class, classSMS))
	})
}

// talkFits reports whether a request may say that of conversations for a folder of a class: only mail has any. MS-ASCMD,
// ConversationMode.
func talkFits(class store.Class, on *bool, v Version) bool {
	return class == store.Mail || on == nil || !*on || v < V140
}

// begin answers the key 0: the device gets its first key and nothing else. If it asks again without having
// used that, it gets it again: some devices begin twice at once.
func (c *collectionRun) begin(collection store.Collection, account store.Account) error {
	if len(c.in.Commands) > 0 || c.in.GetChanges != nil && *c.in.GetChanges {
		c.status = syncProtocol
		return nil
	}
	if c.state == nil {
		c.why = doctor.NewFolder
	}
	fresh := &collectionState{}
	fresh.setOptions(c.in.Options)
	fresh.setTalk(c.in.ConversationMode)
	fresh.Supported, fresh.Ghosts, fresh.Veil = c.in.Supported, c.in.HasSupported, c.folder.veil()
	start, err := c.q.filterStart(c.folder.r, collection, fresh.options())
	if err != nil {
		return err
	}
	at := startOf(collection, account.Floor, start)
	if c.state != nil && c.state.unused() {
		fresh.generations = c.state.generations
		fresh.Next[0].At = at
	} else {
		fresh.generations = beginGenerations(at)
	}
	c.state, c.changed = fresh, true
	c.key = fresh.key(1)
	return nil
}

// goOn answers a key that the device was given.
func (c *collectionRun) goOn(r store.Reader, tx store.Tx, collection store.Collection, account store.Account) error {
	if c.state == nil || c.state.Veil != c.folder.veil() || !c.state.open(c.in.SyncKey) {
		c.status, c.key, c.why = syncInvalidKey, initialKey, doctor.UnknownKey
		if c.state == nil {
			c.why = doctor.NoState
		}
		return nil
	}
	if c.in.HasOptions {
		c.changed = c.state.setOptions(c.in.Options)
	}
	if c.state.setTalk(c.in.ConversationMode) {
		c.changed = true
	}
	c.options = c.state.options()
	commands := tx != nil && len(c.in.Commands) > 0
	if commands {
		if err := c.execute(tx); err != nil {
			return err
		}
		var err error
		if collection, err = tx.Collection(c.id); err != nil {
			return err
		}
	}
	next := c.state.Acked.At
	if c.wantsChanges() {
		if err := c.choose(r, collection, account); err != nil || c.status != syncOK {
			return err
		}
		next = c.window.next
		if err := c.putRight(r); err != nil {
			return err
		}
	}
	c.conclude(next, account, commands)
	c.toldRefusals()
	return nil
}

// conclude decides whether the answer is a step, and what is to be written.
func (c *collectionRun) conclude(next position, account store.Account, commands bool) {
	switch {
	case commands, len(c.window.changes) > 0, c.window.more && c.window.skipped >= maxScan:
		c.key = c.state.step(next)
		c.changed = true
	case c.window.more, !c.wantsChanges():
	case c.state.quietFor(refreshAfter, c.q.now) && next.Journal.ModSeq < account.ModSeq:
		next.drain(account.ModSeq)
		c.state.stay(next)
		c.changed = true
	case c.window.skipped >= worthKeeping:
		c.state.stay(next)
		c.changed = true
	}
}

// worthKeeping is how many entries that are no news are passed over before that is remembered.
const worthKeeping = 64

// choose finds what the answer tells.
func (c *collectionRun) choose(r store.Reader, collection store.Collection, account store.Account) error {
	items := windowSize(c.in.WindowSize)
	switch {
	case c.state.Singly > 0:
		items = 1
	case c.needsTx():
		items = min(items, maxWithCommands)
	}
	mine := *c.budget
	mine.items = min(mine.items, items)
	before := mine.items
	adopted, err := c.state.adoptRewritten(r, collection)
	if err != nil && !errors.Is(err, store.Stale) {
		return fmt.Errorf("changes of %s: %w", c.in.ID, err)
	}
	c.changed = c.changed || adopted
	start, err := c.q.filterStart(r, collection, c.options)
	if err != nil {
		return err
	}
	chooser := chooser{
		journal: r, collection: collection, floor: account.Floor, own: c.state.Own, facets: facetsFor(c.class, c.q.version),
		start: start, together: c.state.together(c.q.version), hurried: c.needsTx(),
		budget: &mine, cost: c.cost,
	}
	w, err := chooser.choose(c.state.Acked.At)
	if errors.Is(err, store.Stale) {
		c.log.Info("state is older than the journal", "collection", c.in.ID)
		c.status, c.key, c.why = syncInvalidKey, initialKey, doctor.TooOld
		return nil
	}
	if err != nil {
		return fmt.Errorf("changes of %s: %w", c.in.ID, err)
	}
	c.budget.items -= before - mine.items
	c.budget.bytes, c.budget.fresh = mine.bytes, mine.fresh
	c.window = w
	return nil
}

// Bounds of the commands in one answer. MS-ASCMD, WindowSize.
const (
	maxWindow       = 512
	defaultWindow   = 100
	maxWithCommands = 100 // to a request with commands, which is done in the writer: others wait for it
)

func windowSize(asked *int) int {
	switch {
	case asked == nil:
		return defaultWindow
	case *asked <= 0 || *asked > maxWindow:
		return maxWindow
	}
	return *asked
}

// cost estimates the size of an item in the answer.
func (c *collectionRun) cost(r store.Record, facets store.Facets) int64 {
	const marks = 200
	if c.class != store.Mail {
		return marks + 2*r.Item.Size
	}
	if r.Item.Summary == nil {
		return marks
	}
	s, err := mail.UnmarshalSummary(r.Item.Summary)
	if err != nil {
		return marks
	}
	form := c.form(false)
	return form.cost(r.Item.Size, s)
}

// form is the form in which the device wants messages of the collection.
func (c *collectionRun) form(whole bool) emailForm {
	f := emailForm{version: c.q.version, options: c.options, whole: whole, own: holdsOwn(c.role), limits: c.q.limits()}
	if whole {
		f.options = uncut(c.options)
	}
	return f
}

// uncut returns options of Sync for an item that is fetched by itself: the same kinds of body, whole.
func uncut(o wire.Options) wire.Options {
	asked := o.Bodies
	o.Truncation, o.MIMETruncation, o.Bodies = nil, nil, nil
	for _, p := range asked {
		o.Bodies = append(o.Bodies, wire.BodyPreference{Type: p.Type, Whole: true})
	}
	return o
}

// write makes what run found durable. If somebody else has written the state since it was read, the run
// begins again inside the transaction.
func (c *collectionRun) write(tx store.Tx) error {
	current := c.ran && !c.needsTx()
	if current {
		_, raw, err := readState(tx, c.q.device.ID, c.id)
		if err != nil {
			return err
		}
		current = bytes.Equal(raw, c.raw)
	}
	if !current {
		if err := c.run(c.q.reachOf(tx, tx)); err != nil {
			return err
		}
	}
	if !c.changed {
		return nil
	}
	return c.state.write(tx, c.q.device.ID, c.id, c.q.now)
}

// failed makes an error the status of the collection. The others of the request go on.
func (c *collectionRun) failed(err error) {
	c.reset()
	c.state, c.status = nil, syncServerError
	switch {
	case errors.Is(err, store.Busy), errors.Is(err, store.Closed):
		c.status = syncRetry
	case errors.Is(err, store.Stale):
		c.status, c.key, c.why = syncInvalidKey, initialKey, doctor.TooOld
	}
	c.log.Error("collection not synchronised", "collection", c.in.ID, "status", c.status, "error", err)
}
