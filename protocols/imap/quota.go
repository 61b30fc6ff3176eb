package imap

import (
	"github.com/gannetmail/gannet/protocols/imap/wire"
	"github.com/gannetmail/gannet/store"
)

// quotaCommands are those of RFC 9208.
var quotaCommands = map[string]command{
	"GETQUOTA":     {run: getQuota, in: inside, of: "QUOTA"},
	"GETQUOTAROOT": {run: getQuotaRoot, in: inside, of: "QUOTA"},
	"SETQUOTA":     {run: setQuota, in: inside, of: "QUOTA"},
}

// An account is one quota root, which has its address as name: RFC 9208 section 3.2.

// getQuota is GETQUOTA, RFC 9208 section 4.1.1.
func getQuota(s *session, _ wire.Command) reply {
	s.r.Space()
	root := s.r.Astring()
	if err := s.r.End(); err != nil {
		return malformed(err)
	}
	if root != s.acct.Name {
		return no("NONEXISTENT", "your quota root is "+s.acct.Name)
	}
	var a store.Account
	err := s.view(s.acct.ID, func(r store.Reader) (err error) {
		a, err = r.Account()
		return err
	})
	if err != nil {
		return s.failed("quota", err)
	}
	s.putQuota(a)
	return ok("quota")
}

// getQuotaRoot is GETQUOTAROOT, RFC 9208 section 4.1.2, of a mailbox that is there or could be made. Another's quota is told
// to who may put messages there.
func getQuotaRoot(s *session, _ wire.Command) reply {
	name, err := s.r.Name()
	if err != nil {
		return malformed(err)
	}
	name = canonical(name)
	m, err := s.find(name, store.MayRead)
	if isNotFound(err) && !isOthers(name) {
		m, err = &mailbox{name: name, owner: s.acct.ID, rights: store.AllRights}, nil
	}
	if err != nil {
		return s.failed("quota", err)
	}
	var a store.Account
	err = s.view(m.owner, func(r store.Reader) error {
		if err := s.allowed(r, m, store.MayRead); err != nil {
			return err
		}
		a, err = r.Account()
		return err
	})
	if err != nil {
		return s.failed("quota", err)
	}
	s.w.Raw("* QUOTAROOT ")
	s.w.Mailbox(m.name)
	s.w.Byte(' ')
	s.w.Astring(a.Name)
	s.w.CRLF()
	if m.rights&store.MayInsert == 0 {
		return ok("quota root")
	}
	s.putQuota(a)
	return ok("quota")
}

// putQuota writes the QUOTA of an account, in units of 1024 bytes; without a limit it has no resource.
func (s *session) putQuota(a store.Account) {
	s.w.Raw("* QUOTA ")
	s.w.Astring(a.Name)
	if a.Quota == 0 {
		s.w.Raw(" ()\r\n")
		return
	}
	s.w.Raw(" (STORAGE ")
	s.w.Number(uint64(a.Used+1023) / 1024)
	s.w.Byte(' ')
	s.w.Number(uint64(a.Quota) / 1024)
	s.w.Raw(")\r\n")
}

// setQuota is SETQUOTA, which is not offered (no QUOTASET): quotas are the operator's.
func setQuota(s *session, _ wire.Command) reply {
	return s.abandon(no("NOPERM", "quotas are set by the server's operator"))
}
