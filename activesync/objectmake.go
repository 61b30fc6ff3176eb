package activesync

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
)

// A madeObject is what a command makes of an object. It is made before the transaction that stores it, so that the
// writer waits for nothing.
type madeObject struct {
	status  int           // not 0: the command is refused with it
	err     error         // what kept the object from being made
	veiled  bool          // it is about an object of which the device sees only the times
	base    store.BlobID  // what it was made of; zero: it is new
	known   store.UID     // of an Add: the entry of the object that is there already, 0: none
	item    store.NewItem // its Blob is nil when the object goes
	answer  objectData
	tell    bool
	out     []*outgoing
	latest  []byte       // the object, for a further command of the same request
	content store.BlobID // its bytes
	id      store.ItemID // of what is changed
	files   []string     // see objectChange
	partly  bool         // likewise
}

func (m *madeObject) release() {
	if m.item.Blob != nil {
		m.item.Blob.Release()
	}
	for _, o := range m.out {
		o.release()
	}
	m.item.Blob, m.out = nil, nil
}

// refused returns why the command comes to nothing.
func (m *madeObject) refused() (status int, err error) { return m.status, m.err }

// makeObjects makes the objects of all commands on events, cards, tasks and notes.
func (s *syncRun) makeObjects(ctx context.Context) error {
	for i := range s.asked.Collections {
		in := &s.asked.Collections[i]
		id, ok := parseCollectionID(in.ID)
		if !ok || len(in.Commands) == 0 || s.objects[in.ID] != nil {
			continue
		}
		maker := objectMaker{h: s.h, q: s.q, stage: &s.stage, collection: id, latest: make(map[store.UID]*madeObject)}
		if err := maker.prepare(ctx, in); err != nil {
			return err
		}
		if maker.class == nil {
			continue
		}
		if s.objects == nil {
			s.objects = make(map[string]map[int]*madeObject)
		}
		made := make(map[int]*madeObject)
		s.objects[in.ID] = made
		for k, command := range in.Commands {
			if command.Op != wire.SyncFetch {
				made[k] = maker.make(ctx, command)
			}
			if err := ctx.Err(); err != nil {
				return err
			}
		}
	}
	return nil
}

// releaseObjects frees what no transaction took.
func (s *syncRun) releaseObjects() {
	for _, made := range s.objects {
		for _, m := range made {
			m.release()
		}
	}
	s.objects = nil
}

// An objectMaker makes the objects of one collection's commands.
type objectMaker struct {
	h          *Handler
	q          *request
	stage      *stage
	collection store.CollectionID
	folder     folder // as it was when the making began; it is looked at again before anything is stored
	owner      store.Account
	class      objectClass // nil: it is a collection of mail, or one that the device only reads, or none
	form       objectForm
	latest     map[store.UID]*madeObject // by name; made by an earlier command of the request
}

// prepare finds out what the collection is, and how the device wants its objects.
func (o *objectMaker) prepare(ctx context.Context, in *wire.SyncCollection) error {
	var st *collectionState
	err := o.h.Store.View(ctx, o.q.account.ID, func(r store.Reader) error {
		f, err := o.q.reachOf(r, nil).find(o.collection)
		if err != nil {
			return err
		}
		if o.folder = f; f.allows(0) && f.rights&needAny != 0 {
			o.class = objectClasses[f.Class]
		}
		if o.class == nil {
			return nil
		}
		if o.owner, err = f.r.Account(); err != nil {
			return err
		}
		st, _, err = readState(r, o.q.device.ID, o.collection)
		return err
	})
	if errors.Is(err, store.NotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("folder of objects: %w", err)
	}
	if o.class == nil {
		return nil
	}
	var options wire.Options
	if st != nil {
		options = st.options()
	}
	o.form = o.h.objectForm(o.q, options, false).in(o.h, o.q, o.folder, o.owner)
	if st != nil {
		o.form.supported, o.form.ghosts = st.Supported, st.Ghosts
	}
	return nil
}

// make makes the object of one command.
func (o *objectMaker) make(ctx context.Context, command wire.SyncCommand) *madeObject {
	m := &madeObject{}
	if err := o.tryFill(ctx, m, command); err != nil {
		m.release()
		var status *statusError
		*m = madeObject{err: err}
		switch {
		case errors.Is(err, errVeiled):
			*m = madeObject{veiled: true}
		case errors.As(err, &status):
			*m = madeObject{status: status.status}
		}
		o.q.log.Info("object not made", "client_id", command.ClientID, "server_id", command.ServerID, "error", err)
	}
	return m
}

// tryFill is fill with a panic of the class as an error.
func (o *objectMaker) tryFill(ctx context.Context, m *madeObject, command wire.SyncCommand) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fail(syncConversion, fmt.Errorf("panic: %v", v))
		}
	}()
	return o.fill(ctx, m, command)
}

// errVeiled says that a command is about an object of which the device sees only the times.
var errVeiled = errors.New("object is not shown to the device")

func (o *objectMaker) fill(ctx context.Context, m *madeObject, command wire.SyncCommand) error {
	var old []byte
	_, name, _ := parseItemID(command.ServerID)
	if command.Op != wire.SyncAdd {
		var err error
		if old, err = o.open(ctx, m, name); err != nil {
			return err
		}
		if o.form.veil.hides(o.folder.Class, old) {
			return errVeiled
		}
	}
	if err := o.change(ctx, m, command, old); err != nil {
		return err
	}
	if command.Op == wire.SyncAdd && m.item.Key != "" {
		if err := o.addKnown(ctx, m, command); err != nil {
			return err
		}
	}
	if command.Op != wire.SyncAdd {
		o.latest[name] = m
	}
	return nil
}

// addKnown looks whether an object that is added is there already: who adds an invitation to the calendar that has
// come there by itself means that one.
func (o *objectMaker) addKnown(ctx context.Context, m *madeObject, command wire.SyncCommand) error {
	var r store.Record
	err := o.h.Store.View(ctx, o.q.account.ID, func(tx store.Reader) (err error) {
		f, err := o.q.reachOf(tx, nil).find(o.collection)
		if err != nil {
			return err
		}
		r, err = f.r.RecordByKey(o.collection, m.item.Key, store.WantItem)
		return err
	})
	if errors.Is(err, store.NotFound) {
		return nil
	} else if err != nil {
		return err
	}
	old, err := o.h.readObject(ctx, r.Item.Blob)
	if err != nil {
		return err
	}
	if o.form.veil.hides(o.folder.Class, old) {
		return errVeiled
	}
	m.release()
	*m = madeObject{base: r.Item.Blob, known: r.UID, id: r.Item.ID}
	err = o.change(ctx, m, command, old)
	m.tell = true // what the device does not say of it stays, and is news
	return err
}

// open returns the object that a command is about, as the commands before have left it.
func (o *objectMaker) open(ctx context.Context, m *madeObject, name store.UID) ([]byte, error) {
	if before := o.latest[name]; before != nil {
		if before.item.Blob == nil {
			return nil, store.NotFound
		}
		m.base, m.id = before.content, before.id
		return before.latest, nil
	}
	var r store.Record
	err := o.h.Store.View(ctx, o.q.account.ID, func(tx store.Reader) (err error) {
		f, err := o.q.reachOf(tx, nil).find(o.collection)
		if err != nil {
			return err
		}
		r, err = currentRecord(f.r, o.q.device.ID, o.collection, name, store.WantItem)
		return err
	})
	if err != nil {
		return nil, err
	}
	m.base, m.id = r.Item.Blob, r.Item.ID
	return o.h.readObject(ctx, r.Item.Blob)
}

// change lets the class make the change, and stages what comes of it.
func (o *objectMaker) change(ctx context.Context, m *madeObject, command wire.SyncCommand, old []byte) error {
	c := objectCommand{objectForm: o.form, SyncCommand: command}
	c.item = m.id
	c.file = func(f wire.Content) io.Reader { return o.stage.open(f) }
	c.text = func() (string, error) { return o.text(command) }
	change, err := o.class.change(old, c)
	if err != nil {
		return err
	}
	m.answer, m.tell, m.files, m.partly = change.answer, change.tell, change.files, change.partly
	if len(change.raw) > maxObject && len(change.raw) > len(old) { // it could not be shown any more
		return fail(syncCannotComplete, fmt.Errorf("object of %d bytes", len(change.raw)))
	}
	for _, s := range change.send {
		out, err := o.submission(ctx, s)
		if err != nil {
			return err
		}
		m.out = append(m.out, out)
	}
	if change.raw == nil {
		return nil
	}
	if m.item, err = o.class.ingest(ctx, o.h.Store, change.raw); err != nil {
		return fmt.Errorf("stage object: %w", err)
	}
	m.latest, m.content = change.raw, m.item.Blob.ID()
	return nil
}

// text reads the Body of a command.
func (o *objectMaker) text(command wire.SyncCommand) (string, error) {
	d := command.Email.Draft
	if d == nil || d.Body == nil {
		return "", nil
	}
	raw, err := io.ReadAll(io.LimitReader(o.stage.open(d.Body.Content), maxObject+1))
	switch {
	case err != nil:
		return "", fmt.Errorf("read body: %w", err)
	case len(raw) > maxObject:
		return "", fail(syncCannotComplete, errors.New("body too long"))
	}
	return string(raw), nil
}

// submission stages a message that goes out with the change: from the owner of the object, whoever made the change.
func (o *objectMaker) submission(ctx context.Context, s objectMail) (*outgoing, error) {
	out := &outgoing{}
	in, err := mail.IngestFrom(ctx, o.h.Store, o.h.Limits.MaxMessage, s.write)
	if err != nil {
		return nil, fmt.Errorf("stage message: %w", err)
	}
	out.staged = append(out.staged, in)
	out.Ingested, out.SentCopy, out.Sender, out.Recipients = in, in, o.owner.Name, s.to
	return out, nil
}
