package pop3

import (
	"strconv"
	"strings"
	"time"

	"github.com/gannetmail/gannet/protocols/sasl"
)

// command is one of the table.
type command struct {
	before, after bool // allowed before and after the login
	bare          bool // takes no argument
	run           func(p *session, rest string)
}

// commands has every command but APOP, which is not offered.
var commands = map[string]command{
	"CAPA": {before: true, after: true, bare: true, run: capa},
	"QUIT": {before: true, after: true, bare: true, run: quit},
	"LANG": {before: true, after: true, run: lang},

	"STLS": {before: true, bare: true, run: stls},
	"UTF8": {before: true, bare: true, run: utf8Mode},
	"USER": {before: true, run: user},
	"PASS": {before: true, run: pass},
	"AUTH": {before: true, run: authenticate},

	"STAT": {after: true, bare: true, run: stat},
	"LIST": {after: true, run: list},
	"UIDL": {after: true, run: uidl},
	"RETR": {after: true, run: retr},
	"TOP":  {after: true, run: top},
	"DELE": {after: true, run: dele},
	"RSET": {after: true, bare: true, run: rset},
	"NOOP": {after: true, bare: true, run: func(p *session, _ string) { p.ok(textNothingDone) }},
}

// capa lists capabilities, RFC 2449: also after the login those of before (section 5), but STLS, which
// RFC 2595 section 4 has there only.
func capa(p *session, _ string) {
	o := &p.server.o
	p.ok(textCapabilities)
	if p.drop == nil && p.tls == nil && o.TLS != nil {
		p.printf("STLS")
	}
	if p.protected() {
		p.printf("USER")
	}
	p.printf("SASL %s", strings.Join(sasl.Mechanisms(p.protected(), p.channel()), " "))
	if s := seconds(o.LoginDelay); s > 0 {
		p.printf("LOGIN-DELAY %d", s)
	}
	if d := int64(o.Expire / day); d > 0 {
		p.printf("EXPIRE %d", d)
	} else {
		p.printf("EXPIRE NEVER")
	}
	for _, c := range []string{
		"TOP", "UIDL", "PIPELINING", "RESP-CODES", "AUTH-RESP-CODE", "UTF8 USER", "LANG", "IMPLEMENTATION Gannet", ".",
	} {
		p.printf("%s", c)
	}
}

const day = 24 * time.Hour

// seconds rounds up: nobody who waits so long comes too early.
func seconds(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }

// lang is LANG, RFC 6856 section 3: a list, or the language of all texts from its own reply on. A range of
// which there is no such language stands for a shorter one: de-AT for de, RFC 4647 section 3.4.
func lang(p *session, rest string) {
	if rest == "" {
		p.ok(textLanguages)
		for _, l := range languages {
			p.printf("%s %s", l.tag, l.name)
		}
		p.printf(".")
		return
	}
	if rest == "*" {
		rest = languages[1].tag
	}
	for ; rest != ""; rest = rest[:max(strings.LastIndexByte(rest, '-'), 0)] {
		for _, l := range languages {
			if strings.EqualFold(rest, l.tag) {
				p.language = l
				p.ok(textLanguage, l.tag, l.name)
				return
			}
		}
	}
	p.no(noCode, textNoLanguage)
}

// utf8Mode is UTF8, RFC 6856 section 2.
func utf8Mode(p *session, _ string) {
	p.utf8 = true
	p.ok(textUTF8)
}

// stls is STLS, RFC 2595 section 4. What was said before TLS is forgotten.
func stls(p *session, _ string) {
	switch {
	case p.server.o.TLS == nil:
		p.bad(noCode, textNoTLS)
		return
	case p.tls != nil:
		p.bad(noCode, textTLSAlready)
		return
	case p.utf8:
		p.bad(noCode, textSTLSFirst) // RFC 6856 section 2.1
		return
	}
	p.ok(textBeginTLS)
	if err := p.flush(); err != nil || p.startTLS() != nil {
		p.done = true
		return
	}
	p.user, p.language = "", languages[0]
}

// quit removes what is marked and ends the session. RFC 1939 section 6.
func quit(p *session, _ string) {
	p.done = true
	if p.drop == nil {
		p.ok(textGoodbye)
		return
	}
	p.finish()
}

func stat(p *session, _ string) { p.printf("+OK %d %d", p.drop.count, p.drop.octets) }

// list is LIST, of one message or all.
func list(p *session, rest string) {
	p.each(rest, func(i int) string { return strconv.FormatUint(uint64(p.drop.sizes[i]), 10) })
}

// uidl is UIDL, of one message or all.
func uidl(p *session, rest string) {
	p.each(rest, func(i int) string { return p.drop.unique(i) })
}

// each answers a listing of one message or all with a value for each.
func (p *session) each(rest string, value func(i int) string) {
	if rest != "" {
		if i, ok := p.message(rest); ok {
			p.printf("+OK %d %s", i+1, value(i))
		}
		return
	}
	p.ok(textMessages, p.drop.count, p.drop.octets)
	for i := range p.drop.uids {
		if !p.drop.deleted(i) {
			p.out = strconv.AppendInt(p.out, int64(i+1), 10)
			p.out = append(p.out, ' ')
			p.out = append(append(p.out, value(i)...), '\r', '\n')
			p.spill()
		}
	}
	p.printf(".")
}

// message reads a message number; i counts from 0. What names no message is answered.
func (p *session) message(given string) (i int, ok bool) {
	n, valid := number(given)
	switch {
	case !valid:
		p.bad(noCode, textNoNumber, given)
	case n < 1 || n > len(p.drop.uids):
		p.no(noCode, textNoMessage, len(p.drop.uids))
	case p.drop.deleted(n - 1):
		p.no(noCode, textIsDeleted, n)
	default:
		return n - 1, true
	}
	return 0, false
}

// number reads decimal digits only, at most nine.
func number(s string) (int, bool) {
	if s == "" || len(s) > 9 || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	return n, err == nil
}

func dele(p *session, rest string) {
	if i, ok := p.message(rest); ok {
		p.drop.remove(i)
		p.ok(textDeleted, i+1)
	}
}

func rset(p *session, _ string) {
	p.drop.restore()
	p.ok(textMessages, p.drop.count, p.drop.octets)
}
