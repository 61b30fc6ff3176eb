package main

import (
	"context"
	"fmt"
	"time"
)

const (
	many  = 1000 // messages of one bulk operation
	some  = 300  // of operations one by one
	conns = 10   // at once
)

// act is something that people do with a mailbox, timed.
type act struct {
	name string
	once bool // in the first round only
	rows func(*bench) []row
	// run does it on one side and returns a figure for each row. proof says what was answered; it is the same on
	// both sides when both did the same.
	run func(ctx context.Context, b *bench, s *side, round int) (figures []float64, proof string, err error)
}

var acts = []act{
	{"select", false, selectRows, doSelect},
	{"first", true, firstRows, doEnvelopes},
	{"envelopes", false, envelopeRows, doEnvelopes},
	{"flags", false, flagRows, doFlags},
	{"bodies", false, bodyRows, doBodies},
	{"store", false, storeRows, doStore},
	{"copy", false, copyRows, doCopy},
	{"append", false, appendRows, doAppend},
	{"search", false, searchRows, doSearch},
	{"arrive", false, arriveRows, doArrive},
	{"pop3", false, popRows, doPOP3},
}

func actNames() (names []string) {
	for _, a := range acts {
		names = append(names, a.name)
	}
	return names
}

// timed runs fn and returns how long it took, in milliseconds.
func timed(fn func() error) (float64, error) {
	began := time.Now()
	err := fn()
	return milliseconds(time.Since(began)), err
}

// span is many messages of the large mailbox, other ones in each round.
func (b *bench) span(round int) (first, last int) {
	first = round * many % (b.messages - many + 1)
	return first + 1, first + many
}

func ms(format string, args ...any) row { return row{what: fmt.Sprintf(format, args...), unit: "ms"} }
