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
	if err := s.putQuota(s.acct.ID); err != nil {
		return s.failed("quota", err)
	}
	return ok("quota")
}

// getQuotaRoot is GETQUOTAROOT, RFC 9208 section 4.1.2. Another's quota is told to who may put messages there.
func getQuotaRoot(s *session, _ wire.Command) reply {
	name, err := s.r.Name()
	if err != nil {
		return malformed(err)
	}
	m, err := s.find(name, store.MayRead)
	if err != nil {
		return s.failed("quota", err)
	}
	root := s.acct.Name
	if m.owner != s.acct.ID {
		if err := s.view(m.owner, func(r store.Reader) error {
			a, err := r.Account()
			root = a.Name
			return err
		}); err != nil {
			return s.failed("quota", err)
		}
	}
	s.w.Raw("* QUOTAROOT ")
	s.w.Mailbox(m.name)
	s.w.Byte(' ')
	s.w.Astring(root)
	s.w.CRLF()
	if m.rights&store.MayInsert == 0 {
		return ok("quota root")
	}
	if err := s.putQuota(m.owner); err != nil {
		return s.failed("quota", err)
	}
	return ok("quota")
}

// putQuota writes the QUOTA of an account; without a limit it has no resource.
func (s *session) putQuota(acct store.AccountID) error {
	var a store.Account
	if err := s.view(acct, func(r store.Reader) (err error) { a, err = r.Account(); return err }); err != nil {
		return err
	}
	s.w.Raw("* QUOTA ")
	s.w.Astring(a.Name)
	if a.Quota == 0 {
		s.w.Raw(" ()\r\n")
		return nil
	}
	s.w.Raw(" (STORAGE ")
	s.w.Number(uint64(a.Used+1023) / 1024)
	s.w.Byte(' ')
	s.w.Number(uint64(a.Quota) / 1024)
	s.w.Raw(")\r\n")
	return nil
}

// setQuota is SETQUOTA, which is not offered (no QUOTASET): quotas are the operator's.
func setQuota(s *session, _ wire.Command) reply {
	return s.abandon(no("NOPERM", "quotas are set by the server's operator"))
}
