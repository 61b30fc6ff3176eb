package activesync

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/gannetmail/gannet/store"
)

// stateSent is the key under which is kept what a device has sent last.
const stateSent = "sent"

const (
	maxSent  = 64             // messages of a device that are remembered
	sentLife = 48 * time.Hour // how long
)

// A sentMark names one message that a device sent.
type sentMark struct {
	ID string `json:"i"` // see sentID
	At int64  `json:"t"` // Unix seconds
}

// sentID is a digest of what names a message: that is as long as the client likes, and any bytes.
func sentID(id string) string {
	sum := sha256.Sum256([]byte(id))
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}

// sentBefore reports whether the device has sent what id names, and returns the marks that are still good.
func sentBefore(r store.Reader, device, id string, now time.Time) (marks []sentMark, before bool, err error) {
	raw, err := r.State(device, stateSent)
	if errors.Is(err, store.NotFound) {
		return nil, false, nil
	} else if err != nil {
		return nil, false, fmt.Errorf("remembered messages: %w", err)
	}
	var all []sentMark
	if err := json.Unmarshal(raw, &all); err != nil {
		return nil, false, nil // of another version of the server
	}
	asked := sentID(id)
	for _, m := range all {
		if now.Sub(time.Unix(m.At, 0)) < sentLife {
			marks = append(marks, m)
			before = before || m.ID == asked
		}
	}
	return marks, before, nil
}

// errSentBefore undoes a transaction that would send a message a second time.
var errSentBefore = errors.New("message was sent before")

// rememberSent notes in the transaction that sends it that the device has sent what id names.
func rememberSent(tx store.Tx, device, id string, now time.Time) error {
	marks, before, err := sentBefore(tx, device, id, now)
	if err != nil {
		return err
	}
	if before {
		return errSentBefore
	}
	marks = append(marks, sentMark{sentID(id), now.Unix()})
	if len(marks) > maxSent {
		marks = marks[len(marks)-maxSent:]
	}
	raw, err := json.Marshal(marks)
	if err == nil {
		err = tx.PutState(device, stateSent, raw)
	}
	if err != nil {
		return fmt.Errorf("remember message: %w", err)
	}
	return nil
}
