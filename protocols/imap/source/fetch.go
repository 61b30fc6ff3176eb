package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/gannetmail/gannet/mail/archive"
)

// listed is how many messages are asked about at once.
const listed = 500

// Messages implements [archive.Source].
func (s *account) Messages(ctx context.Context, f archive.Folder) iter.Seq2[archive.Message, error] {
	return func(yield func(archive.Message, error) bool) {
		s.left = reconnects
		if refused, err := s.begin(ctx, f); err != nil {
			yield(archive.Message{}, err)
			return
		} else if refused != "" {
			yield(archive.Message{Key: "folder", Name: "the whole folder", Refused: refused}, nil)
			return
		}
		validity := s.position.validity
		for lo, hi := s.window(listed); lo > 0; lo, hi = s.window(listed) {
			messages, err := s.list(ctx, f, lo, hi, validity)
			if err != nil {
				yield(archive.Message{}, err)
				return
			}
			for _, m := range messages {
				if !yield(m, nil) {
					return
				}
			}
		}
	}
}

// begin opens a folder. refused is why the server does not open it.
func (s *account) begin(ctx context.Context, f archive.Folder) (refused string, err error) {
	for {
		s.position = position{}
		if err = s.ready(ctx); err == nil {
			err = s.open(f.Native)
		}
		var no *imap.Error
		switch {
		case err == nil:
			return "", nil
		case errors.As(err, &no):
			return "the server does not open it: " + no.Text, nil
		}
		if err := s.again(ctx, err); err != nil {
			return "", err
		}
	}
}

// ready connects where a connection was given up.
func (s *account) ready(ctx context.Context) error {
	if s.client == nil {
		return s.again(ctx, errors.New("the connection was lost too often"))
	}
	return ctx.Err()
}

// reopen opens the connection and the folder anew after cause. Sequence numbers may have moved meanwhile, which at
// worst leaves messages for the next run.
func (s *account) reopen(ctx context.Context, f archive.Folder, validity uint32, cause error) error {
	if err := s.again(ctx, cause); err != nil {
		return err
	}
	s.mu.Lock()
	next := s.next
	s.mu.Unlock()
	if err := s.open(f.Native); err != nil {
		return errors.Join(cause, err)
	}
	if s.position.validity != validity {
		return fmt.Errorf("%s was made anew on the server meanwhile; run the import again", f)
	}
	s.mu.Lock()
	s.next = next
	s.mu.Unlock()
	return nil
}

// details are what is asked about each message, less and less where a server gives answers that cannot be read.
var details = []imap.FetchOptions{
	{UID: true, Flags: true, InternalDate: true, RFC822Size: true},
	{UID: true, Flags: true, RFC822Size: true},
	{UID: true, InternalDate: true, RFC822Size: true},
	{UID: true},
}

// list describes the messages in a range. When the answer cannot be read, the range is asked for in halves, and a
// single message with less detail.
func (s *account) list(ctx context.Context, f archive.Folder, lo, hi, validity uint32) ([]archive.Message, error) {
	for i := range details {
		messages, err := s.listOnce(lo, hi, &details[i])
		var no *imap.Error
		switch {
		case err == nil && len(messages) <= int(hi-lo): // one may have been taken for news of its flags
			more, err := s.listOnce(lo, hi, &details[i])
			if err == nil && len(more) > len(messages) {
				messages = more
			}
			return messages, nil
		case err == nil:
			return messages, nil
		case errors.As(err, &no):
			return nil, fmt.Errorf("%s: messages %d to %d: %w", f, lo, hi, err)
		}
		if err := s.reopen(ctx, f, validity, err); err != nil {
			return nil, err
		}
		if lo == hi {
			continue
		}
		middle := lo + (hi-lo)/2
		first, err := s.list(ctx, f, lo, middle, validity)
		if err != nil {
			return nil, err
		}
		second, err := s.list(ctx, f, middle+1, hi, validity)
		return append(first, second...), err
	}
	number := fmt.Sprintf("number %d", lo)
	return []archive.Message{{Key: number, Name: number, Refused: "the server's answers about it cannot be read"}}, nil
}

func (s *account) listOnce(lo, hi uint32, o *imap.FetchOptions) ([]archive.Message, error) {
	var set imap.SeqSet
	set.AddRange(lo, hi)
	cmd := s.client.Fetch(set, o)
	var messages []archive.Message
	for data := cmd.Next(); data != nil; data = cmd.Next() {
		if m, ok := s.describe(data); ok {
			messages = append(messages, m)
		}
	}
	return messages, cmd.Close()
}

// describe makes a message of an answer; false when it has no UID, as one that only tells of changed flags.
func (s *account) describe(data *imapclient.FetchMessageData) (archive.Message, bool) {
	m := archive.Message{Size: -1}
	found := false
	for item := data.Next(); item != nil; item = data.Next() {
		switch item := item.(type) {
		case imapclient.FetchItemDataUID:
			m.Key = fmt.Sprintf("%d.%d", s.position.validity, item.UID)
			m.Name = fmt.Sprintf("UID %d", item.UID)
			found = item.UID != 0
		case imapclient.FetchItemDataFlags:
			names := make([]string, len(item.Flags))
			for i, f := range item.Flags {
				names[i] = string(f)
			}
			m.Flags, m.Keywords = archive.Marks(names)
		case imapclient.FetchItemDataInternalDate:
			m.Received = item.Time
		case imapclient.FetchItemDataRFC822Size:
			m.Size = item.Size
		}
	}
	return m, found
}

// uidOf is the UID in a key.
func uidOf(m archive.Message) imap.UID {
	_, text, _ := strings.Cut(m.Key, ".")
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		return 0
	}
	return imap.UID(n)
}

// Read implements [archive.Source].
func (s *account) Read(ctx context.Context, f archive.Folder, messages []archive.Message, take func(int, io.Reader, error) error) error {
	if len(messages) == 0 {
		return nil
	}
	if err := s.ready(ctx); err != nil {
		return err
	}
	if err := s.open(f.Native); err != nil {
		return fmt.Errorf("%s: %w", f, err)
	}
	b := &batch{account: s, folder: f, validity: s.position.validity, messages: messages, take: take, want: map[imap.UID]int{}}
	for i, m := range messages {
		b.want[uidOf(m)] = i
	}
	return b.read(ctx)
}

// batch is the bodies of some messages on their way.
type batch struct {
	account  *account
	folder   archive.Folder
	validity uint32
	messages []archive.Message
	take     func(int, io.Reader, error) error
	want     map[imap.UID]int // those that are still to come
}

// read asks for all, then for those that did not come one by one.
func (b *batch) read(ctx context.Context) error {
	var set imap.UIDSet
	for uid := range b.want {
		set.AddNum(uid)
	}
	err := b.fetch(ctx, set)
	for i, m := range b.messages {
		uid := uidOf(m)
		if err != nil {
			if err = b.recover(ctx, err); err != nil {
				return err
			}
		}
		if _, missing := b.want[uid]; !missing {
			continue
		}
		if err = b.single(ctx, uid); err == nil {
			continue
		} else if b.fatal(err) {
			return err
		}
		delete(b.want, uid)
		if err := b.take(i, nil, err); err != nil {
			return err
		}
	}
	if err != nil {
		return b.recover(ctx, err)
	}
	return nil
}

// single asks for one message: by its UID, and where the answer has the UID behind the body, which the client does not
// see, by its number.
func (b *batch) single(ctx context.Context, uid imap.UID) error {
	if err := b.fetch(ctx, imap.UIDSetNum(uid)); err != nil {
		return err
	}
	if _, missing := b.want[uid]; !missing {
		return nil
	}
	found, err := b.account.client.Search(&imap.SearchCriteria{UID: []imap.UIDSet{imap.UIDSetNum(uid)}}, nil).Wait()
	if err != nil {
		return err
	}
	numbers := found.AllSeqNums()
	if len(numbers) != 1 {
		return b.gone(uid)
	}
	if err := b.fetchNumber(ctx, numbers[0], uid); err != nil {
		return err
	}
	if _, missing := b.want[uid]; missing {
		return b.gone(uid)
	}
	return nil
}

// gone settles a message that the server does not send.
func (b *batch) gone(uid imap.UID) error {
	i := b.want[uid]
	delete(b.want, uid)
	return taken(b.take(i, nil, errors.New("the server did not send it; it may have been removed meanwhile")))
}

// takenError is an error of take, which ends everything.
type takenError struct{ err error }

func (e *takenError) Error() string { return e.err.Error() }
func (e *takenError) Unwrap() error { return e.err }

func taken(err error) error {
	if err == nil {
		return nil
	}
	return &takenError{err}
}

func (b *batch) fatal(err error) bool {
	var t *takenError
	return errors.As(err, &t)
}

// recover makes a working connection again behind an error of one.
func (b *batch) recover(ctx context.Context, err error) error {
	var no *imap.Error
	switch {
	case b.fatal(err):
		return err
	case errors.As(err, &no):
		return nil // the connection is well
	}
	return b.account.reopen(ctx, b.folder, b.validity, err)
}

var wholeBody = []*imap.FetchItemBodySection{{Peek: true}}

// fetch asks for messages by UID.
func (b *batch) fetch(ctx context.Context, set imap.UIDSet) error {
	return b.run(ctx, b.account.client.Fetch(set, &imap.FetchOptions{UID: true, BodySection: wholeBody}), 0)
}

// fetchNumber asks for one message by its number.
func (b *batch) fetchNumber(ctx context.Context, seq uint32, uid imap.UID) error {
	return b.run(ctx, b.account.client.Fetch(imap.SeqSetNum(seq), &imap.FetchOptions{BodySection: wholeBody}), uid)
}

// run takes what a command brings. uid is whose bodies they are where the answers do not say.
func (b *batch) run(ctx context.Context, cmd *imapclient.FetchCommand, uid imap.UID) error {
	stop := context.AfterFunc(ctx, func() { b.account.client.Close() })
	defer stop()
	for data := cmd.Next(); data != nil; data = cmd.Next() {
		if err := b.takeOne(data, uid); err != nil {
			b.account.client.Close() // the rest is not waited for
			return errors.Join(err, cmd.Close())
		}
	}
	return cmd.Close()
}

// takeOne hands on the body in an answer.
func (b *batch) takeOne(data *imapclient.FetchMessageData, uid imap.UID) error {
	for item := data.Next(); item != nil; item = data.Next() {
		switch item := item.(type) {
		case imapclient.FetchItemDataUID:
			uid = item.UID
		case imapclient.FetchItemDataBodySection:
			i, wanted := b.want[uid]
			if !wanted {
				continue
			}
			delete(b.want, uid)
			if item.Literal == nil {
				return taken(b.take(i, nil, errors.New("the server has no bytes for it")))
			}
			body := &exact{r: item.Literal, left: item.Literal.Size()}
			if err := b.take(i, body, nil); err != nil {
				return &takenError{err}
			}
			if body.err != nil {
				return body.err
			}
		}
	}
	return nil
}

// exact reads a literal of a given size. The client takes the end of the connection for the literal's.
type exact struct {
	r    io.Reader
	left int64
	err  error
}

// Read implements io.Reader.
func (e *exact) Read(p []byte) (int, error) {
	n, err := e.r.Read(p)
	e.left -= int64(n)
	if errors.Is(err, io.EOF) && e.left > 0 {
		err = fmt.Errorf("the connection ended %d bytes before the message: %w", e.left, io.ErrUnexpectedEOF)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		e.err = err
	}
	return n, err
}
