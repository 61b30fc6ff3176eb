package activesync

import (
	"time"

	"github.com/gannetmail/gannet/activesync/doctor"
)

// A pulse is what is known of how long a device's requests can wait. A proxy or a mobile network that ends
// quiet connections costs the device a new one each time, and mail comes late: so waits are kept below what
// was seen to break, and longer ones tried again, carefully. And a device that asks for short waits although
// nothing ever happens in them is offered longer ones: each costs it a wake-up.
//
// A device is told another interval by a status (5 of Ping, 14 of Sync). One that asks for the same again
// does not follow: it is not told twice, or it would ask for ever. Its waits then end early, as if its time
// were up.
//
// Times are whole seconds; 0 is none.
type pulse struct {
	Asked    int `json:"a,omitempty"` // by the device, last
	Limit    int `json:"l,omitempty"` // no longer wait is tried; none: as the device asks
	Wanted   int `json:"w,omitempty"` // the longest it asked for since there is a limit
	Best     int `json:"b,omitempty"` // the longest that came through
	Cut      int `json:"c,omitempty"` // after which the connection ended last, since a longer wait came through
	Trial    int `json:"t,omitempty"` // the wait that came through before the longer one that is being tried
	Calm     int `json:"n,omitempty"` // waits in a row that came through with nothing to tell
	Patience int `json:"p,omitempty"` // how many of these before a longer one is tried; none: calmEnough
	Told     int `json:"o,omitempty"` // offers in a row without a wait in between
	Offered  int `json:"of,omitempty"`
	Deaf     int `json:"d,omitempty"` // what it insists on

	waited int       // by the last wait, that may or may not have come through
	vain   bool      // it had nothing to tell
	ended  time.Time // when
}

const (
	calmEnough   = 8                // waits in vain before a longer one is tried
	mostPatience = 7 * 24 * 60 * 60 // seconds of such waits in all, after trials that failed
	restful      = 15 * 60          // waits from this on are no burden, in seconds
	shortestCut  = 20               // below, a connection that ends says nothing of the network
	maxOffers    = 2                // in a row
	prompt       = 30 * time.Second // a device that asks again so soon has got the answer
)

// begin takes what a device asks for and returns how long to wait, or what to offer instead, which is not 0
// then. lo and hi bound offers; steady is for devices that must not be offered anything.
func (p *pulse) begin(asked, lo, hi int, steady bool) (wait, offer int) {
	if p.Offered != 0 {
		if asked == p.Asked {
			p.Deaf = asked
			if p.Limit == 0 {
				p.Trial = 0
			}
		}
		p.Offered = 0
	}
	if asked != p.Asked {
		p.Calm = 0
	}
	p.Asked = asked
	silent := steady || p.Deaf == asked || p.Told >= maxOffers
	switch {
	case p.Limit != 0 && asked > p.Limit:
		p.Wanted = max(p.Wanted, asked)
		if silent || p.Limit < lo {
			return p.Limit, 0
		}
		return 0, p.offer(p.Limit)
	case silent:
		return asked, 0
	case p.Trial != 0 && asked == p.Trial && p.Limit > asked: // told so once: it may ask for more again
		return 0, p.offer(p.Limit)
	case p.Calm >= p.patience() && asked < restful:
		if longer := p.bound(min(2*asked, restful, hi)); longer > asked {
			p.Trial, p.Calm = asked, 0
			return 0, p.offer(longer)
		}
	}
	return asked, 0
}

func (p *pulse) offer(seconds int) int {
	p.Offered = seconds
	p.Told++
	return seconds
}

func (p *pulse) bound(seconds int) int {
	if p.Limit != 0 {
		return min(seconds, p.Limit)
	}
	return seconds
}

func (p *pulse) patience() int {
	if p.Patience == 0 {
		return calmEnough
	}
	return p.Patience
}

// over notes a wait that ended with an answer; vain tells that there was nothing in it. Whether the answer
// came through shows when the device asks again.
func (p *pulse) over(waited int, vain bool, now time.Time) {
	p.Told = 0
	p.waited, p.vain, p.ended = waited, vain, now
}

// heard notes that the device asks for something. If an answer had to come through before, it now is known
// whether it did; the event, if its kind is set, is to be noted.
func (p *pulse) heard(now time.Time, hi int) (e doctor.Event) {
	waited := p.waited
	p.waited = 0
	switch {
	case waited == 0:
		return e
	case now.Sub(p.ended) > prompt:
		if p.Trial != 0 && waited > p.Trial {
			return p.fail(waited)
		}
		p.Calm = 0
		return e
	}
	p.Best = max(p.Best, waited)
	if waited >= p.Cut {
		p.Cut = 0
	}
	if p.Calm++; !p.vain {
		p.Calm = 0
	}
	if p.Trial != 0 && waited > p.Trial {
		p.Trial = 0
		if p.Limit != 0 && p.Limit >= p.Wanted {
			p.Limit, p.Wanted, p.Patience = 0, 0, 0
			return doctor.Event{What: doctor.Lengthened}
		}
	}
	return p.lengthen(hi)
}

// lengthen tries a longer wait when those up to the limit have come through for long enough.
func (p *pulse) lengthen(hi int) (e doctor.Event) {
	if p.Limit == 0 || p.Trial != 0 || p.Calm < p.patience() || p.Best < p.Limit {
		return e
	}
	p.Trial, p.Calm = p.Limit, 0
	p.Limit = min(p.Limit*5/4, hi)
	if p.Limit >= p.Wanted {
		p.Limit = max(p.Wanted, p.Trial)
	}
	return doctor.Event{What: doctor.Lengthened, Limit: seconds(p.Limit)}
}

// broken notes a wait that the end of its connection ended. It takes two after the same time to learn
// something from them, for people go through doors and tunnels; but what is only being tried is given up at
// once.
func (p *pulse) broken(waited int) (e doctor.Event) {
	p.Told, p.Calm, p.waited = 0, 0, 0
	switch {
	case waited < shortestCut:
		return e
	case p.Trial != 0 && waited > p.Trial:
		return p.fail(waited)
	case !alike(waited, p.Cut):
		p.Cut = waited
		return e
	}
	safe := below(min(waited, p.Cut))
	p.Cut = 0
	if p.Limit != 0 && p.Limit <= safe {
		return e
	}
	p.Wanted = max(p.Wanted, p.Asked)
	p.Limit, p.Trial, p.Best = safe, 0, 0
	return doctor.Event{What: doctor.Learned, Wait: seconds(waited), Limit: seconds(safe)}
}

// fail goes back from a trial to what came through before, and has more patience the next time.
func (p *pulse) fail(waited int) doctor.Event {
	p.Wanted = max(p.Wanted, p.Asked)
	p.Limit, p.Trial, p.Calm = p.Trial, 0, 0
	p.Patience = min(2*p.patience(), mostPatience/max(p.Limit, 1))
	return doctor.Event{What: doctor.Learned, Wait: seconds(waited), Limit: seconds(p.Limit)}
}

// alike reports whether two connections ended after the same time.
func alike(a, b int) bool {
	d := a - b
	return b != 0 && max(d, -d) <= max(3, b/20)
}

// below is a wait that stays clear of one that broke.
func below(cut int) int {
	safe := cut - max(5, cut/10)
	if safe >= 60 {
		return safe / 10 * 10
	}
	return safe / 5 * 5
}

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }

// heartbeat is what is shown of it.
func (p *pulse) heartbeat() doctor.Heartbeat {
	return doctor.Heartbeat{Asked: seconds(p.Asked), Limit: seconds(p.Limit), Survived: seconds(p.Best)}
}
