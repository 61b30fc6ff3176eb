package activesync

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/calendar/scheduling"
	"github.com/gannetmail/gannet/store"
)

// stateMeetings is the key under which is kept what a device has answered last.
const stateMeetings = "meetings"

const (
	maxMeetings  = 2 * wire.MaxAnswers // answers of a device that are remembered
	meetingsLife = 48 * time.Hour      // how long
)

// A meetingMemory is one answer of a device and what came of it.
type meetingMemory struct {
	Asked      string `json:"a"`           // digest of the answer
	Event      string `json:"e,omitempty"` // the event as it was left, by its blob; empty: it was removed
	CalendarID string `json:"c,omitempty"`
	At         int64  `json:"t"` // Unix seconds
}

// meetingDigest names an answer: all that the device said.
func meetingDigest(a wire.MeetingAnswer) string {
	raw, err := json.Marshal(a)
	if err != nil { // strings and numbers always can be
		return ""
	}
	sum := sha256.Sum256(raw)
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}

// holds reports whether the event is as the answer left it.
func (m *meetingMemory) holds(now *scheduling.Place) bool {
	if now == nil {
		return m.Event == ""
	}
	return m.Event == now.Blob.String()
}

// loadMeeting returns what came of an answer that the device repeats; nil: it does not.
func loadMeeting(r store.Reader, device string, a wire.MeetingAnswer) (*meetingMemory, error) {
	all, err := loadMeetings(r, device)
	if err != nil {
		return nil, err
	}
	asked := meetingDigest(a)
	for i := range all {
		if all[i].Asked == asked {
			return &all[i], nil
		}
	}
	return nil, nil
}

func loadMeetings(r store.Reader, device string) ([]meetingMemory, error) {
	raw, err := r.State(device, stateMeetings)
	if errors.Is(err, store.NotFound) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("remembered answers: %w", err)
	}
	var all []meetingMemory
	if err := json.Unmarshal(raw, &all); err != nil {
		return nil, nil // of another version of the server; what is repeated is carried out again
	}
	return all, nil
}

// save remembers an answer in the transaction that carries it out.
func (m *meetingMemory) save(tx store.Tx, device string, a wire.MeetingAnswer, now time.Time) error {
	all, err := loadMeetings(tx, device)
	if err != nil {
		return err
	}
	m.Asked, m.At = meetingDigest(a), now.Unix()
	all = slices.DeleteFunc(all, func(old meetingMemory) bool {
		return old.Asked == m.Asked || now.Sub(time.Unix(old.At, 0)) > meetingsLife
	})
	all = append(all, *m)
	raw, err := json.Marshal(all[max(0, len(all)-maxMeetings):])
	if err == nil {
		err = tx.PutState(device, stateMeetings, raw)
	}
	if err != nil {
		return fmt.Errorf("remember answer: %w", err)
	}
	return nil
}
