package activesync

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gannetmail/gannet/wbxml"
)

// The types of bodies. MS-ASHTTP, Content-Type.
const (
	typeWBXML     = "application/vnd.ms-sync.wbxml"
	typeShort     = "application/vnd.ms-sync"
	typeMultipart = "application/vnd.ms-sync.multipart"
	typeMessage   = "message/rfc822"
)

const (
	// answerBuffer is how much of an answer is kept back. A shorter one goes out with its length, which
	// Windows Mobile needs, and can still be taken back.
	answerBuffer = 32 << 10
	// worthGzip is the length from which on an answer is compressed. An empty one never is: iOS does not
	// understand that.
	worthGzip = 512
	// writeTimeout is how long a client may take to accept a piece of an answer.
	writeTimeout = 2 * time.Minute
)

// errSent says that an answer cannot be changed any more.
var errSent = errors.New("part of the answer has been sent")

// An answer is the response to one POST. A command that writes nothing answers 200 with an empty body.
//
// Nothing is sent before answerBuffer bytes are there or the command has returned; until then an error of
// the command replaces all that it wrote.
type answer struct {
	w        http.ResponseWriter
	control  *http.ResponseController
	compress bool // the client takes gzip

	enc   *wbxml.Encoder
	kind  string       // Content-Type, once there is a body
	size  int64        // Content-Length announced by raw; -1: unknown
	held  bytes.Buffer // not yet sent
	sent  bool         // the header is out
	zip   *gzip.Writer // when the body goes out compressed
	bytes int64        // of body sent, as on the wire
}

func newAnswer(w http.ResponseWriter, r *http.Request) *answer {
	return &answer{
		w: w, control: http.NewResponseController(w), size: -1,
		compress: strings.Contains(strings.ToLower(r.Header.Get("Accept-Encoding")), "gzip"),
	}
}

// encoder returns the encoder of the WBXML document that the answer is.
func (a *answer) encoder() *wbxml.Encoder {
	if a.enc == nil {
		a.kind = typeWBXML
		a.enc = wbxml.NewEncoder(a)
	}
	return a.enc
}

// raw makes the answer a body of another type and returns where it goes, uncompressed; size is its length,
// -1 if unknown.
func (a *answer) raw(contentType string, size int64) io.Writer {
	a.kind, a.size, a.compress = contentType, size, false
	return a
}

// Write takes a piece of the body. It is for the encoder and for raw bodies.
func (a *answer) Write(p []byte) (int, error) {
	if !a.sent && a.held.Len()+len(p) <= answerBuffer {
		return a.held.Write(p)
	}
	if !a.sent {
		if err := a.start(); err != nil {
			return 0, err
		}
	}
	return a.body().Write(p)
}

// start sends the header and what was held back of a body longer than that.
func (a *answer) start() error {
	a.sent = true
	h := a.w.Header()
	h.Set("Content-Type", a.kind)
	switch {
	case a.compress:
		h.Set("Content-Encoding", "gzip")
		a.zip, _ = gzip.NewWriterLevel(link{a}, gzip.BestSpeed)
	case a.size >= 0:
		h.Set("Content-Length", strconv.FormatInt(a.size, 10))
	}
	a.w.WriteHeader(http.StatusOK)
	_, err := a.body().Write(a.held.Bytes())
	a.held = bytes.Buffer{}
	return err
}

func (a *answer) body() io.Writer {
	if a.zip != nil {
		return a.zip
	}
	return link{a}
}

// link is the connection under an answer: each piece gets its own time to go out.
type link struct{ a *answer }

func (c link) Write(p []byte) (int, error) {
	c.a.control.SetWriteDeadline(time.Now().Add(writeTimeout)) // not every server can; then there is none
	n, err := c.a.w.Write(p)
	c.a.bytes += int64(n)
	return n, err
}

// reset takes back all that was written.
func (a *answer) reset() error {
	if a.sent {
		return errSent
	}
	a.enc, a.kind, a.size = nil, "", -1
	a.held.Reset()
	return nil
}

// finish completes the answer and sends what is held back.
func (a *answer) finish() error {
	if a.enc != nil {
		if err := a.enc.Close(); err != nil {
			return fmt.Errorf("encode answer: %w", err)
		}
	}
	if !a.sent {
		return a.sendHeld()
	}
	if a.zip != nil {
		if err := a.zip.Close(); err != nil {
			return fmt.Errorf("compress answer: %w", err)
		}
	}
	err := a.control.Flush()
	a.control.SetWriteDeadline(time.Time{})
	if err != nil && !errors.Is(err, http.ErrNotSupported) {
		return fmt.Errorf("send answer: %w", err)
	}
	return nil
}

// sendHeld sends an answer that was short enough to be held back whole.
func (a *answer) sendHeld() error {
	a.sent = true
	h, body := a.w.Header(), a.held.Bytes()
	if len(body) > 0 {
		h.Set("Content-Type", a.kind)
	}
	if packed := a.packed(body); packed != nil {
		h.Set("Content-Encoding", "gzip")
		body = packed
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	a.w.WriteHeader(http.StatusOK)
	if len(body) == 0 {
		return nil
	}
	if _, err := (link{a}).Write(body); err != nil {
		return fmt.Errorf("send answer: %w", err)
	}
	a.control.SetWriteDeadline(time.Time{})
	return nil
}

// packed compresses a body, nil if that is not wanted or does not pay.
func (a *answer) packed(body []byte) []byte {
	if !a.compress || len(body) < worthGzip {
		return nil
	}
	var out bytes.Buffer
	zip, _ := gzip.NewWriterLevel(&out, gzip.BestSpeed)
	zip.Write(body)
	if err := zip.Close(); err != nil || out.Len() >= len(body) {
		return nil
	}
	return out.Bytes()
}

// fail makes the answer a bare status in the root of the command's document.
func (a *answer) fail(c *command, status int) error {
	if err := a.reset(); err != nil {
		return err
	}
	e := a.encoder()
	e.Start(c.root)
	e.Elem(c.status, strconv.Itoa(status))
	e.End()
	return a.finish()
}

// failHTTP makes the answer a bare HTTP code.
func (a *answer) failHTTP(code int) error {
	if err := a.reset(); err != nil {
		return err
	}
	a.sent = true
	a.w.Header().Set("Content-Length", "0")
	a.w.WriteHeader(code)
	return nil
}
