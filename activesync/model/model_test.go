package model

import (
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gannetmail/gannet/store"
)

var (
	seedFlag  = flag.Uint64("model.seed", 0, "what happens in TestModel; 0: the usual runs")
	stepsFlag = flag.Int("model.steps", 0, "how much; 0: the usual number")
)

// TestModel lets three devices and somebody else work on one account.
func TestModel(t *testing.T) {
	seeds := usualSeeds
	if *seedFlag != 0 {
		seeds = []uint64{*seedFlag}
	}
	steps := usualSteps
	if *stepsFlag > 0 {
		steps = *stepsFlag
	}
	for _, seed := range seeds {
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { runModel(t, seed, steps) })
		})
	}
}

func runModel(t *testing.T, seed uint64, steps int) {
	w := newWorld(t, seed)
	for w.count.steps < steps {
		w.count.steps++
		if err := w.step(); err != nil {
			t.Fatalf("seed %d, step %d: %v\nWhat happened last:\n%s", seed, w.count.steps, err, &w.trail)
		}
		if w.count.steps%500 == 0 || w.count.steps == steps {
			if err := w.settle(); err != nil {
				t.Fatalf("seed %d, quiet point at step %d: %v\nWhat happened last:\n%s", seed, w.count.steps, err, &w.trail)
			}
		}
	}
	w.must(w.store.Check(w.ctx, true, func(problem string) { t.Error(problem) }))
	t.Log(w.count.String(seed))
}

// step is one thing that happens.
func (w *world) step() error {
	switch n := w.rnd.IntN(100); {
	case n < 62:
		return pick(w, w.devices).act()
	case n < 65:
		w.offset += time.Duration(w.rnd.IntN(180)) * time.Minute
		w.trail.add("(it is %s)", w.now())
		return nil
	case n < 66:
		w.count.restarts++
		w.trail.add("(the server starts anew)")
		w.restart()
		return nil
	}
	return w.edit()
}

// isRefused reports whether the store did not want what somebody else asked for.
func isRefused(err error) bool {
	return errors.Is(err, store.Exists) || errors.Is(err, store.Invalid)
}

// String says what a run has tested.
func (c *counts) String(seed uint64) string {
	var actions []string
	for name, n := range c.actions {
		actions = append(actions, fmt.Sprintf("%s %d", name, n))
	}
	for class, n := range c.classes {
		actions = append(actions, fmt.Sprintf("%s: %d told, %d executed, %d refused", class, n.told, n.executed, n.refused))
	}
	slices.Sort(actions)
	return fmt.Sprintf("seed %d: %d steps, %d requests, %d bytes of answers compared, %d commands received (%d that the device could know); "+
		"%d answers lost, %d requests again, %d late, %d twice at once, %d cut; %d restarts, %d deaths beside a commit; %d edits by somebody else; %s",
		seed, c.steps, c.requests, c.bytes, c.commands, c.again, c.lost, c.twice, c.late, c.parallel, c.cut, c.restarts, c.deaths, c.edits, strings.Join(actions, ", "))
}
