package activesync

import (
	"encoding/json"
	"testing"

	"github.com/gannetmail/gannet/store"
)

func TestMovesMemory(t *testing.T) {
	var m movesMemory
	for i := range store.UID(50) { // rising
		m.add(1, 100+i, 2, 10+i)
	}
	for i := range store.UID(50) { // falling
		m.add(1, 90-i, 2, 60+i)
	}
	m.add(3, 7, 2, 110)
	if len(m.runs) != 2 {
		t.Errorf("%d runs, want 2: %+v", len(m.runs), m.runs)
	}
	tests := []struct {
		src  store.CollectionID
		uid  store.UID
		dst  store.CollectionID
		want store.UID
	}{
		{1, 100, 2, 10}, {1, 149, 2, 59}, {1, 150, 2, 0}, {1, 99, 2, 0},
		{1, 90, 2, 60}, {1, 41, 2, 109}, {1, 40, 2, 0}, {3, 7, 2, 110}, {3, 7, 1, 0},
	}
	for _, tt := range tests {
		if got, ok := m.find(tt.src, tt.uid, tt.dst); got != tt.want || ok != (tt.want != 0) {
			t.Errorf("find(%d, %d, %d) = %d, %v; want %d", tt.src, tt.uid, tt.dst, got, ok, tt.want)
		}
	}
}

func TestMovesMemoryIsBounded(t *testing.T) {
	var m movesMemory
	for i := range store.UID(5000) { // no two fit together
		m.add(1+store.CollectionID(i%2), 10*i+1, 9, i+1)
	}
	if len(m.runs) > maxRuns {
		t.Errorf("%d runs, want at most %d", len(m.runs), maxRuns)
	}
	if _, ok := m.find(2, 10*4999+1, 9); !ok {
		t.Error("the last move is forgotten")
	}
	m = movesMemory{}
	for i := range store.UID(9500) { // all fit together, from all over the folder
		m.add(1, 1+i*7919%100_000, 2, i+1)
	}
	_, first := m.find(1, 1, 2)
	moved, last := m.find(1, 1+9499*7919%100_000, 2)
	if first || !last || moved != 9500 || len(m.runs) > 3 {
		t.Errorf("%d runs; the first is remembered: %v, the last: %v, as %d", len(m.runs), first, last, moved)
	}
	raw, err := json.Marshal(m.runs)
	if err != nil || len(raw) > 12_000 {
		t.Errorf("%d bytes, %v", len(raw), err)
	}
}
