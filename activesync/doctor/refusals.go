package doctor

import "fmt"

// refusal is the predicate of [Refused].
func (e Event) refusal() string {
	what := "was refused " + e.Command
	switch {
	case statusWords[e.Status] != "" && e.Status >= 100:
		return what + ": " + statusWords[e.Status]
	case e.Status != 0 && e.Text != "":
		return fmt.Sprintf("%s with status %d: %s", what, e.Status, e.Text)
	case e.Status != 0:
		return fmt.Sprintf("%s with status %d", what, e.Status)
	case e.Text != "":
		return fmt.Sprintf("%s with HTTP %d: %s", what, e.Code, e.Text)
	}
	return fmt.Sprintf("%s with HTTP %d", what, e.Code)
}

// statusWords say common statuses in plain words. MS-ASCMD, Common Status Codes.
var statusWords = map[int]string{
	101: "the body of the request was missing or of another type",
	102: "the request could not be decoded",
	103: "the request did not keep to its schema",
	108: "it did not say which device it is",
	109: "it did not say of which type it is",
	110: "the server made a mistake; its log says which",
	111: "the server was busy and asked it to come again",
	113: "the mailbox is full",
	118: "the message had been sent already, so it was not sent twice",
	119: "the message had no recipient",
	120: "the message was not accepted for sending",
	122: "it was too large",
	125: "the account is not known",
	126: "the account may not use ActiveSync",
	129: "the device is kept out, by the operator or because it waits to be let in",
	130: "it may not do that",
	131: "the account is disabled",
	137: "the server does not have this command",
	138: "the server does not have this version of the protocol",
	139: "it could not apply the policy as a whole",
	140: "it was told to ask what to erase",
	141: "it cannot take a policy, and the policy does not exempt such devices",
	142: "it has to agree to the policy first, and was sent to do so",
	143: "the policy has changed, and it was sent to agree to the new one",
	144: "it named an agreement to a policy that is not its last one, and was sent to agree again",
	145: "it is managed by somebody else, which the policy does not allow",
	150: "the item is gone",
	165: "it did not describe itself when it asked for the policy",
	168: "there is no rights management here",
	173: "there is no picture",
	177: "the account has as many devices as it may; remove one that is no longer used",
	183: "a recipient was missing or malformed",
}

// Health is one line about how a device is.
func (r Report) Health() string {
	c := &r.Counters
	var worries []string
	waited := c.Waits
	switch {
	case c.Total() == 0:
		return "not seen since the counters began"
	case c.Throttled > 0 && c.Throttled*20 >= c.Total():
		worries = append(worries, "asks too often")
	}
	if c.Delayed > 0 && c.Delayed*10 >= waited {
		worries = append(worries, "does not really wait")
	}
	if r.Heartbeat.Limit > 0 {
		worries = append(worries, "network cuts waits, kept to "+Span(r.Heartbeat.Limit))
	} else if c.Cut*2 > waited && waited >= 10 {
		worries = append(worries, "often loses its connection")
	}
	if n := recent(r.Events, KeyRefused, Begun); n >= 6 {
		worries = append(worries, "starts over again and again")
	}
	if last := lastRefusal(r.Events); last != "" {
		worries = append(worries, last)
	}
	text := "well"
	if len(worries) > 0 {
		text = worries[0]
		for _, w := range worries[1:] {
			text += "; " + w
		}
	}
	if c.Push.N > 0 {
		text += ", pushes in " + Span(c.Push.Median())
	}
	return text
}

// recent counts events of some kinds that are no beginning of something new.
func recent(events []Event, kinds ...What) (n int) {
	for _, e := range events {
		for _, k := range kinds {
			if e.What == k && e.Why != NewFolder {
				n += e.Times
			}
		}
	}
	return n
}

// lastRefusal says how the device is refused, if that is the last that happened to it.
func lastRefusal(events []Event) string {
	if len(events) == 0 {
		return ""
	}
	last := events[0]
	for _, e := range events {
		if !e.Last.Before(last.Last) {
			last = e
		}
	}
	switch {
	case last.What != Refused:
		return ""
	case statusWords[last.Status] != "":
		return "refused: " + statusWords[last.Status]
	case last.Status != 0:
		return fmt.Sprintf("refused with status %d", last.Status)
	}
	return fmt.Sprintf("refused with HTTP %d", last.Code)
}
