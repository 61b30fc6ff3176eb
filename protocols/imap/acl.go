package imap

import (
	"fmt"
	"strings"

	"github.com/gannetmail/gannet/protocols/imap/wire"
	"github.com/gannetmail/gannet/store"
)

// everyone is the identifier of all accounts of this server, RFC 4314 section 3.
const everyone = "anyone"

// aclCommands are those of RFC 4314.
var aclCommands = map[string]command{
	"GETACL":     {run: getACL, in: inside, of: "ACL"},
	"SETACL":     {run: setACL, in: inside, of: "ACL"},
	"DELETEACL":  {run: deleteACL, in: inside, of: "ACL"},
	"LISTRIGHTS": {run: listRights, in: inside, of: "ACL"},
	"MYRIGHTS":   {run: myRights, in: inside, of: "ACL"},
}

// letters are rights as they are told: with the old c and d beside what they became (see store.ParseRights), RFC 4314
// section 2.1.1.
func letters(r store.Rights) string {
	text := r.String()
	if r&(store.MayCreate|store.MayRemove) != 0 {
		text += "c"
	}
	if r&(store.MayDelete|store.MayExpunge) != 0 {
		text += "d"
	}
	return text
}

// anyRight has the rights of which MYRIGHTS wants one, RFC 4314 section 4.
const anyRight = store.MayLookup | store.MayRead | store.MayInsert | store.MayCreate | store.MayRemove | store.MayAdminister

// myRights is MYRIGHTS, RFC 4314 section 3.5.
func myRights(s *session, _ wire.Command) reply {
	name, err := s.r.Name()
	if err != nil {
		return malformed(err)
	}
	m, err := s.find(name, 0)
	if err == nil && m.rights&anyRight == 0 {
		err = store.NotFound
	}
	if err != nil {
		return s.failed("rights", err)
	}
	s.putMyRights(m)
	return ok("your rights")
}

func (s *session) putMyRights(m *mailbox) {
	s.w.Raw("* MYRIGHTS ")
	s.w.Mailbox(m.name)
	s.w.Raw(" " + letters(m.rights) + "\r\n")
}

// getACL is GETACL, RFC 4314 section 3.3.
func getACL(s *session, _ wire.Command) reply {
	name, err := s.r.Name()
	if err != nil {
		return malformed(err)
	}
	m, err := s.find(name, store.MayAdminister)
	if err != nil {
		return s.failed("rights", err)
	}
	type line struct{ who, rights string }
	var lines []line
	err = s.view(m.owner, func(r store.Reader) error {
		lines = nil
		if err := s.allowed(r, m, store.MayAdminister); err != nil {
			return err
		}
		owner, err := r.Account()
		if err != nil {
			return err
		}
		lines = append(lines, line{owner.Name, letters(store.AllRights)})
		grants, err := r.Grants(m.c.ID)
		if err != nil {
			return err
		}
		for _, g := range grants {
			who := everyone
			if g.Grantee != 0 {
				a, err := r.AccountByID(g.Grantee)
				if isNotFound(err) {
					continue
				}
				if err != nil {
					return err
				}
				who = a.Name
			}
			lines = append(lines, line{who, letters(g.Rights)})
		}
		return nil
	})
	if err != nil {
		return s.failed("rights", err)
	}
	s.w.Raw("* ACL ")
	s.w.Mailbox(m.name)
	for _, l := range lines {
		s.w.Byte(' ')
		s.w.Astring(l.who)
		s.w.Raw(" " + l.rights)
	}
	s.w.CRLF()
	return ok("rights")
}

// identifier reads one; the empty one is refused, RFC 4314 section 3.
func (s *session) identifier() string {
	name := s.r.Astring()
	if name == "" {
		s.r.Fail("an identifier is empty")
	}
	return name
}

// grantee reads whom an identifier names: 0 is everyone.
func (s *session) grantee(r store.Reader, owner store.AccountID, identifier string) (store.AccountID, reply) {
	switch {
	case strings.EqualFold(identifier, everyone):
		return 0, reply{kind: wire.OK}
	case strings.HasPrefix(identifier, "-"):
		return 0, no("CANNOT", "there are no negative rights here: take rights away instead")
	}
	ids, err := r.Resolve(s.addressOf(identifier))
	switch {
	case err != nil || len(ids) != 1:
		return 0, no("NONEXISTENT", "there is nobody of that address here")
	case ids[0] == owner:
		return 0, no("CANNOT", "the owner has all rights and keeps them")
	}
	return ids[0], reply{kind: wire.OK}
}

// addressOf completes an identifier with the domain of the session's account.
func (s *session) addressOf(identifier string) string {
	if _, domain, is := strings.Cut(s.acct.Name, "@"); is && !strings.Contains(identifier, "@") {
		identifier += "@" + domain
	}
	return strings.ToLower(identifier)
}

// setACL is SETACL, RFC 4314 section 3.1.
func setACL(s *session, _ wire.Command) reply {
	s.r.Space()
	name := s.r.Mailbox()
	s.r.Space()
	identifier := s.identifier()
	s.r.Space()
	rights := s.r.Astring()
	if err := s.r.End(); err != nil {
		return malformed(err)
	}
	mode := byte(0)
	if rights != "" && (rights[0] == '+' || rights[0] == '-') {
		mode, rights = rights[0], rights[1:]
	}
	set, err := store.ParseRights(rights)
	if err != nil || set&^store.AllRights != 0 { // what is more has no meaning for mail
		return bad("unknown rights")
	}
	return s.changeGrant(name, identifier, func(old store.Rights) store.Rights {
		switch mode {
		case '+':
			return old | set
		case '-':
			return old &^ set
		}
		return set
	})
}

// deleteACL is DELETEACL, RFC 4314 section 3.2.
func deleteACL(s *session, _ wire.Command) reply {
	s.r.Space()
	name := s.r.Mailbox()
	s.r.Space()
	identifier := s.identifier()
	if err := s.r.End(); err != nil {
		return malformed(err)
	}
	return s.changeGrant(name, identifier, func(store.Rights) store.Rights { return 0 })
}

// changeGrant changes what somebody may do with a mailbox.
func (s *session) changeGrant(name, identifier string, change func(old store.Rights) store.Rights) reply {
	m, err := s.find(name, store.MayAdminister)
	if err != nil {
		return s.failed("rights", err)
	}
	r := ok("rights set")
	err = s.update(m.owner, func(tx store.Tx) error {
		if err := s.allowed(tx, m, store.MayAdminister); err != nil {
			return err
		}
		var who store.AccountID
		if who, r = s.grantee(tx, m.owner, identifier); !r.good() {
			return nil
		}
		r = ok("rights set")
		grants, err := tx.Grants(m.c.ID)
		if err != nil {
			return err
		}
		var old store.Rights
		for _, g := range grants {
			if g.Grantee == who {
				old = g.Rights
			}
		}
		if err := tx.PutGrant(store.Grant{Collection: m.c.ID, Grantee: who, Rights: change(old)}); err != nil {
			return fmt.Errorf("grant: %w", err)
		}
		return nil
	})
	if err != nil {
		return s.failed("rights", err)
	}
	return r
}

// listRights is LISTRIGHTS, RFC 4314 section 3.4: each right can be given alone, the old c and d stand beside; the owner
// has all.
func listRights(s *session, _ wire.Command) reply {
	s.r.Space()
	name := s.r.Mailbox()
	s.r.Space()
	identifier := s.identifier()
	if err := s.r.End(); err != nil {
		return malformed(err)
	}
	m, err := s.find(name, store.MayAdminister)
	if err != nil {
		return s.failed("rights", err)
	}
	all := letters(store.AllRights)
	always, each := `""`, strings.Join(strings.Split(all, ""), " ")
	err = s.view(m.owner, func(r store.Reader) error {
		if err := s.allowed(r, m, store.MayAdminister); err != nil {
			return err
		}
		owner, err := r.Account()
		if err == nil && owner.Name == s.addressOf(identifier) {
			always, each = all, ""
		}
		return err
	})
	if err != nil {
		return s.failed("rights", err)
	}
	s.w.Raw("* LISTRIGHTS ")
	s.w.Mailbox(m.name)
	s.w.Byte(' ')
	s.w.Astring(identifier)
	s.w.Raw(" " + always)
	if each != "" {
		s.w.Raw(" " + each)
	}
	s.w.CRLF()
	return ok("rights that can be given")
}
