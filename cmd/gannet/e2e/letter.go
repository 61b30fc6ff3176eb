package e2e

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strconv"
	"time"
)

// Letter is a message to be written: of about Size bytes, different for every ID.
type Letter struct {
	ID    string // left of the @ of its Message-ID, and its subject
	To    string
	Size  int
	Noise bool // a file that cannot be compressed, instead of text
}

// MessageID is the Message-ID, with its angle brackets.
func (l Letter) MessageID() string { return "<" + l.ID + "@letters.example.net>" }

// letterWords are the words that bodies are made of: enough of them that no two bodies look alike, few
// enough that they compress as text does.
var letterWords = []string{"tide", "cliff", "harbour", "gull", "nesting", "the", "of", "and", "under", "storm", "fish",
	"a", "colony", "wing", "plunge", "north", "island", "ledge", "salt", "wind", "feather", "return", "spring", "count",
	"boat", "rope", "lantern", "fog", "signal", "keeper", "report", "meeting", "Tuesday", "agenda", "minutes", "please"}

// letterDate is one date for all letters; when they arrive is what devices sort by.
var letterDate = time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC).Format(time.RFC1123Z)

// Bytes writes the message, its lines ended by CRLF.
func (l Letter) Bytes() []byte {
	h := fnv.New64a()
	h.Write([]byte(l.ID))
	random := rand.New(rand.NewPCG(h.Sum64(), 1))
	var b bytes.Buffer
	b.Grow(l.Size + 200)
	fmt.Fprintf(&b, "From: Sender <sender@example.net>\r\nTo: <%s>\r\nSubject: %s\r\nDate: %s\r\nMessage-ID: %s\r\n", l.To, l.ID, letterDate, l.MessageID())
	kind := "text/plain; charset=utf-8"
	if l.Noise {
		kind = "application/octet-stream\r\nContent-Transfer-Encoding: base64"
	}
	fmt.Fprintf(&b, "MIME-Version: 1.0\r\nContent-Type: %s\r\n\r\n", kind)
	for l.Noise && b.Len() < l.Size {
		for range 5 {
			fmt.Fprintf(&b, "%s", strconv.FormatUint(random.Uint64(), 36))
		}
		b.WriteString("\r\n")
	}
	for b.Len() < l.Size {
		for range 11 {
			b.WriteString(letterWords[random.IntN(len(letterWords))])
			b.WriteByte(' ')
		}
		fmt.Fprintf(&b, "%x\r\n", random.Uint32())
	}
	return b.Bytes()
}
