package imap

import (
	"maps"
	"strings"

	"github.com/gannetmail/gannet/protocols/imap/wire"
)

// states are the states of a session, RFC 9051 section 3, as a set.
type states uint8

const (
	stranger states = 1 << iota // not authenticated
	friend                      // authenticated
	reading                     // a mailbox is selected
	anyone   = stranger | friend | reading
	inside   = friend | reading
)

func (s *session) state() states {
	switch {
	case s.acct.ID == 0:
		return stranger
	case s.sel == nil:
		return friend
	}
	return reading
}

// command is a row of the table below.
type command struct {
	run     func(s *session, c wire.Command) reply
	in      states
	uid     bool   // UID may stand before it
	numbers bool   // without UID, no EXPUNGE may be told while it is answered: RFC 9051 section 7.5.1
	of      string // capability without which it does not exist; empty: always
}

// commands lists what a client may say. It is filled by init since the commands themselves look at it.
var commands map[string]command

func init() {
	commands = map[string]command{
		"CAPABILITY":     {run: capability, in: anyone},
		"NOOP":           {run: noop, in: anyone},
		"LOGOUT":         {run: logout, in: anyone},
		"ID":             {run: identify, in: anyone, of: "ID"},
		"STARTTLS":       {run: startTLS, in: stranger},
		"LOGIN":          {run: login, in: stranger},
		"AUTHENTICATE":   {run: authenticate, in: stranger},
		"ENABLE":         {run: enable, in: inside, of: "ENABLE"},
		"UNAUTHENTICATE": {run: unauthenticate, in: inside, of: "UNAUTHENTICATE"},
		"COMPRESS":       {run: compress, in: inside, of: "COMPRESS=DEFLATE"},
		"SELECT":         {run: selectMailbox, in: inside},
		"EXAMINE":        {run: examine, in: inside},
		"CHECK":          {run: noop, in: reading},
		"CLOSE":          {run: closeMailbox, in: reading},
		"UNSELECT":       {run: unselect, in: reading, of: "UNSELECT"},
		"EXPUNGE":        {run: expunge, in: reading, uid: true},
		"FETCH":          {run: fetch, in: reading, uid: true, numbers: true},
		"STORE":          {run: storeFlags, in: reading, uid: true, numbers: true},
		"COPY":           {run: copyMessages, in: reading, uid: true},
		"MOVE":           {run: moveMessages, in: reading, uid: true, of: "MOVE"},
		"IDLE":           {run: idle, in: inside, of: "IDLE"},
	}
	for _, more := range []map[string]command{
		mailboxCommands, aclCommands, quotaCommands, metadataCommands, appendCommands, searchCommands, notifyCommands,
	} {
		maps.Copy(commands, more)
	}
}

// untimely says what is to be done before the command.
func (s *session) untimely(c command) string {
	switch {
	case c.in&stranger != 0:
		return "you have logged in already"
	case s.acct.ID == 0:
		return "log in first"
	}
	return "select a mailbox first"
}

// printable is a name for a message to its sender.
func printable(name string) string {
	if len(name) > 40 {
		name = name[:40]
	}
	return strings.ToValidUTF8(name, "?")
}
