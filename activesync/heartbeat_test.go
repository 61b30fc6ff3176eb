package activesync

import (
	"slices"
	"testing"
	"time"

	"github.com/gannetmail/gannet/activesync/doctor"
)

// A network ends quiet connections after a time; a device waits in it, on a clock of its own.
type pulseRig struct {
	pulse
	now    time.Time
	ends   int // connections after so many seconds; 0: never
	steady bool
	follow bool // the device does what it is offered
	asks   int
	offers []int
	events []doctor.What
}

const pulseLo, pulseHi = 60, 3540

// ping is one Ping in which nothing happens, with what it takes to be let wait.
func (p *pulseRig) ping(t *testing.T) (waited int) {
	t.Helper()
	for range 4 {
		p.note(p.heard(p.now, pulseHi))
		wait, offer := p.begin(p.asks, pulseLo, pulseHi, p.steady)
		if offer != 0 {
			p.offers = append(p.offers, offer)
			if p.follow {
				p.asks = offer
			}
			continue
		}
		if p.ends != 0 && wait > p.ends {
			p.now = p.now.Add(seconds(p.ends))
			p.note(p.broken(p.ends))
			return p.ends
		}
		p.now = p.now.Add(seconds(wait))
		p.over(wait, true, p.now)
		p.now = p.now.Add(time.Second)
		return wait
	}
	t.Fatalf("asks for %d s and is never let wait: %+v", p.asks, p.pulse)
	return 0
}

func (p *pulseRig) note(e doctor.Event) {
	if e.What != "" {
		p.events = append(p.events, e.What)
	}
}

func TestPulseLearnsWhatTheNetworkBears(t *testing.T) {
	for _, ends := range []int{60, 290, 900, 1800} {
		for _, follow := range []bool{true, false} {
			p := pulseRig{asks: 2700, ends: ends, follow: follow}
			cut := 0
			for range 2 {
				p.ping(t)
			}
			if p.Limit == 0 || p.Limit >= ends {
				t.Fatalf("cut at %d: limit %d", ends, p.Limit)
			}
			for p.now.Sub(time.Time{}) < 30*24*time.Hour {
				if p.ping(t) == ends {
					cut++
				}
			}
			if cut > 14 {
				t.Errorf("cut at %d, follows %v: %d connections broke in a month", ends, follow, cut)
			}
			if p.Best < ends*7/10 {
				t.Errorf("cut at %d, follows %v: waits of %d", ends, follow, p.Best)
			}
			if !follow && len(p.offers) > 4 {
				t.Errorf("a device that does not follow was told %v", p.offers)
			}
			if len(p.offers) > 0 && slices.Min(p.offers) < pulseLo {
				t.Errorf("offered %v, which is below what is announced", p.offers)
			}
		}
	}
}

func TestPulseOfANewNetwork(t *testing.T) {
	p := pulseRig{asks: 2700, ends: 300, follow: true}
	p.ping(t)
	p.ping(t)
	p.ends = 0
	for range 400 {
		p.ping(t)
	}
	if p.Limit != 0 || p.asks < 2000 {
		t.Errorf("limit %d, asks for %d", p.Limit, p.asks)
	}
}

func TestPulseIgnoresDoorsAndTunnels(t *testing.T) {
	p := pulseRig{asks: 900, follow: true}
	for i, ends := range []int{300, 0, 310, 500, 120, 640, 5, 5, 0} {
		p.ends = ends
		if p.ping(t); p.Limit != 0 {
			t.Fatalf("learned %d after %d", p.Limit, i)
		}
	}
}

func TestPulseLengthensShortWaits(t *testing.T) {
	p := pulseRig{asks: 60, follow: true}
	for range 60 {
		p.ping(t)
	}
	if p.asks != restful {
		t.Errorf("asks for %d after %v", p.asks, p.offers)
	}
	silent := pulseRig{asks: 180}
	for range 200 {
		if silent.ping(t) != 180 {
			t.Fatal("another wait than asked for")
		}
	}
	if len(silent.offers) > 1 {
		t.Errorf("told %v", silent.offers)
	}
	steady := pulseRig{asks: 180, steady: true, ends: 150}
	for range 200 {
		steady.ping(t)
	}
	if len(steady.offers) > 0 || steady.Limit == 0 {
		t.Errorf("limit %d, told %v", steady.Limit, steady.offers)
	}
}

// TestPulseOfASilentNetwork drops answers without a sign: a device notices after a time of its own. What was
// only tried is given up.
func TestPulseOfASilentNetwork(t *testing.T) {
	p := pulseRig{asks: 180, follow: true}
	for p.asks == 180 {
		p.ping(t)
	}
	now := p.now.Add(2 * time.Minute)
	if e := p.heard(now, pulseHi); e.What != doctor.Learned || p.Limit != 180 {
		t.Errorf("%v, limit %d", e.What, p.Limit)
	}
}
