package activesync

import (
	"testing"

	"github.com/gannetmail/gannet/store"
)

// TestAddOfWhatIsNotToldYet adds an event that somebody else has put there meanwhile and of which the device has not
// heard: it is one event, and the device is told a change of the id that it was given, never that id a second time.
func TestAddOfWhatIsNotToldYet(t *testing.T) {
	const uid = `Calendar:UID "meeting-1@example.test"`
	times := []string{`Calendar:StartTime "20260901T080000Z"`, `Calendar:EndTime "20260901T090000Z"`}
	later := []string{`Calendar:StartTime "20260905T080000Z"`, `Calendar:EndTime "20260905T090000Z"`} // it has another place then
	for i, v := range []Version{V25, V141, V25, V141} {
		o := newRig(t).objects(store.MainCal)
		o.told("phone1", v)
		o.told("phone2", v)
		o.told("phone2", v, addLines("n1", append(times, `Calendar:Subject "theirs"`, `Calendar:Location "here"`, uid)...)...).one(t)
		a := o.told("phone1", v, addLines("n2", append([][]string{times, later}[i/2], `Calendar:Subject "mine"`, uid)...)...)
		r, status := a.one(t)
		if status != "1" || len(o.stored()) != 1 {
			t.Fatalf("%s: status %s, %d events", v, status, len(o.stored()))
		}
		b := o.told("phone1", v)
		changes := append(a.commands("Change"), b.commands("Change")...)
		if len(changes) != 1 || changes[0].get("AirSync:ServerId") != r.get("AirSync:ServerId") ||
			changes[0].get("AirSync:ApplicationData", "Calendar:Subject") != "mine" || changes[0].get("AirSync:ApplicationData", "Calendar:UID") == "" {
			t.Errorf("%s: what else there is of it: %d changes\n%s", v, len(changes), a.dump)
		}
		for _, answer := range []syncReply{a, b} {
			for _, again := range answer.commands("Add") {
				t.Errorf("%s: %s is told as new; the device has %s", v, again.get("AirSync:ServerId"), r.get("AirSync:ServerId"))
			}
		}
	}
}
