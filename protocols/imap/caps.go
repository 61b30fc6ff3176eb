package imap

import (
	"slices"
	"strconv"
	"strings"

	"github.com/gannetmail/gannet/protocols/imap/wire"
	"github.com/gannetmail/gannet/protocols/sasl"
)

// capabilities are those that are kept from a session, by name.
type capabilities struct{ off []string }

// offer is a row of the table of capabilities.
type offer struct {
	name   string
	before bool // offered before the login too
}

// offers is everything that is implemented beside IMAP4rev1, IMAP4rev2 and the mechanisms, in the order it is listed.
var offers = []offer{
	{"SASL-IR", true}, {"LITERAL+", true}, {"ID", true}, {"ENABLE", true},
	{"IDLE", false}, {"NOTIFY", false}, {"UNSELECT", false}, {"UNAUTHENTICATE", false}, {"COMPRESS=DEFLATE", false}, {"UTF8=ACCEPT", false},
	{"NAMESPACE", false}, {"CHILDREN", false}, {"LIST-EXTENDED", false}, {"LIST-STATUS", false}, {"LIST-MYRIGHTS", false},
	{"SPECIAL-USE", false}, {"CREATE-SPECIAL-USE", false}, {"STATUS=SIZE", false}, {"STATUS=DELETED", false},
	{"ACL", false}, {"RIGHTS=texk", false}, {"QUOTA", false}, {"QUOTA=RES-STORAGE", false}, {"METADATA", false},
	{"UIDPLUS", false}, {"MOVE", false}, {"CONDSTORE", false}, {"QRESYNC", false}, {"UIDONLY", false}, {"OBJECTID", false},
	{"SAVEDATE", false}, {"PREVIEW", false}, {"BINARY", false},
	{"ESEARCH", false}, {"SEARCHRES", false}, {"WITHIN", false}, {"SEARCH=FUZZY", false}, {"PARTIAL", false}, {"MULTISEARCH", false},
	{"SORT", false}, {"SORT=DISPLAY", false}, {"ESORT", false}, {"THREAD=ORDEREDSUBJECT", false}, {"THREAD=REFERENCES", false},
	{"CONTEXT=SEARCH", false}, {"CONTEXT=SORT", false}, {"INPROGRESS", false},
	{"MULTIAPPEND", false}, {"CATENATE", false}, {"REPLACE", false}, {"APPENDLIMIT", false},
}

// offers reports whether a capability is there for this session.
func (s *session) offers(name string) bool {
	return !slices.Contains(s.caps.off, name)
}

// decideCapabilities works out what is kept from the client, now that account or client are known.
func (s *session) decideCapabilities() {
	s.caps.off = nil
	for _, rules := range [][]Without{builtinWithout, s.server.o.Without} {
		for _, w := range rules {
			if w.Account != "" && w.Account != s.acct.Name || !hasPrefixFold(s.client, w.Client) {
				continue
			}
			s.caps.off = append(s.caps.off, w.Capabilities...)
		}
	}
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// capabilityList is what CAPABILITY tells now, RFC 9051 section 6.1.1.
func (s *session) capabilityList() string {
	list := []string{"IMAP4rev1", "IMAP4rev2"}
	if s.acct.ID == 0 {
		if s.tls == nil && s.server.o.TLS != nil {
			list = append(list, "STARTTLS")
		}
		for _, m := range sasl.Mechanisms(s.protected(), s.channel()) {
			list = append(list, "AUTH="+m)
		}
		if !s.protected() {
			list = append(list, "LOGINDISABLED")
		}
	}
	for _, o := range offers {
		if !s.offers(o.name) || s.acct.ID == 0 && !o.before {
			continue
		}
		switch {
		case o.name == "COMPRESS=DEFLATE" && s.packed:
			continue
		case o.name == "APPENDLIMIT":
			list = append(list, "APPENDLIMIT="+strconv.FormatInt(s.server.o.Mail.MaxSize(), 10))
			continue
		}
		list = append(list, o.name)
	}
	return strings.Join(list, " ")
}

// capability is CAPABILITY.
func capability(s *session, _ wire.Command) reply {
	if err := s.r.End(); err != nil {
		return malformed(err)
	}
	s.w.Raw("* CAPABILITY " + s.capabilityList() + "\r\n")
	return ok("that is all")
}

// enable is ENABLE, RFC 5161: what is unknown, or kept from the client, is passed over.
func enable(s *session, _ wire.Command) reply {
	names, err := s.r.Enable()
	if err != nil {
		return malformed(err)
	}
	done := "* ENABLED"
	for _, name := range names {
		if !s.offers(name) || !s.enableOne(name) {
			continue
		}
		if name == "IMAP4REV2" {
			name = "IMAP4rev2"
		}
		done += " " + name
	}
	s.w.Raw(done + "\r\n")
	return ok("enabled")
}

// enableOne switches one thing on, and reports whether there is such a thing and it was off.
func (s *session) enableOne(name string) bool {
	on := func(what *bool) bool {
		was := *what
		*what = true
		return !was
	}
	e := &s.enabled
	switch name {
	case "CONDSTORE":
		return on(&e.condstore)
	case "QRESYNC":
		e.condstore = true // RFC 7162 section 3.2.3
		return on(&e.qresync)
	case "IMAP4REV2":
		s.speakUTF8()
		return on(&e.rev2)
	case "UTF8=ACCEPT":
		s.speakUTF8()
		return on(&e.utf8)
	case "UIDONLY":
		return on(&e.uidOnly)
	}
	return false
}

// speakUTF8 makes names of mailboxes UTF-8 from here on.
func (s *session) speakUTF8() { s.r.UTF8, s.w.UTF8 = true, true }
