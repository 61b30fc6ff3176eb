package model

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing/synctest"
)

const wbxmlType = "application/vnd.ms-sync.wbxml"

// A request is one as it goes over the wire: it can be sent again as it is.
type request struct {
	d    *device
	cmd  string
	kind string // of the body
	body []byte
	doc  *node      // what body is, nil for a bare message
	args url.Values // beside the usual ones
}

// ask makes a request of a document, nil for none.
func (d *device) ask(cmd string, doc *node) *request {
	r := &request{d: d, cmd: cmd, doc: doc}
	if doc != nil {
		raw, err := doc.bytes()
		d.w.must(err)
		r.kind, r.body = wbxmlType, raw
	}
	return r
}

// A reply is what the server answered.
type reply struct {
	code int
	body []byte
	doc  *node // nil: empty
}

func (r *request) http(ctx context.Context, body io.Reader) *http.Request {
	q := url.Values{"Cmd": {r.cmd}, "User": {rita}, "DeviceId": {r.d.name}, "DeviceType": {"Phone"}}
	for k, v := range r.args {
		q[k] = v
	}
	req := httptest.NewRequest(http.MethodPost, "/Microsoft-Server-ActiveSync?"+q.Encode(), body)
	req.ContentLength = int64(len(r.body))
	req.SetBasicAuth(rita, password)
	req.Header.Set("MS-ASProtocolVersion", r.d.version.String())
	req.Header.Set("User-Agent", "Phone/1.0")
	if len(r.body) > 0 {
		req.Header.Set("Content-Type", r.kind)
	}
	return req.WithContext(ctx)
}

// serve lets the server answer; it may wait.
func (r *request) serve(body io.Reader) reply {
	rec := httptest.NewRecorder()
	func() {
		defer func() {
			if v := recover(); v != nil && v != http.ErrAbortHandler {
				panic(v)
			}
		}()
		r.d.w.handler.ServeHTTP(rec, r.http(r.d.w.ctx, body))
	}()
	return reply{code: rec.Code, body: rec.Body.Bytes()}
}

// send sends a request that is answered at once, and reads the answer.
func (r *request) send() (reply, error) {
	r.d.w.count.requests++
	return r.read(r.serve(bytes.NewReader(r.body)))
}

// read reads an answer and looks at what holds for every one: it is the document that our encoder would write, and has
// only elements that the version knows, in order.
func (r *request) read(a reply) (reply, error) {
	w := r.d.w
	w.count.bytes += int64(len(a.body))
	if len(a.body) > 0 && r.cmd != "GetAttachment" && a.code == http.StatusOK {
		doc, err := parse(a.body)
		if err != nil {
			return a, fmt.Errorf("answer: %w", err)
		}
		a.doc = doc
		if again, err := doc.bytes(); err != nil || !bytes.Equal(again, a.body) {
			return a, fmt.Errorf("answer is not written as we write it: %v", err)
		}
		if err := errors.Join(checkVersion(doc, r.d.version, ""), checkOrder(doc)); err != nil {
			w.trail.note(r, a)
			return a, err
		}
	}
	w.trail.note(r, a)
	return a, nil
}

// A call is a request that the server has not answered yet.
type call struct {
	r    *request
	done chan reply
}

// begin sends a request without waiting for the answer; it returns when the server waits or has answered.
func (r *request) begin() *call {
	c := &call{r: r, done: make(chan reply, 1)}
	go func() { c.done <- r.serve(bytes.NewReader(r.body)) }()
	synctest.Wait()
	return c
}

// answered reports whether the answer has come.
func (c *call) answered() bool { return len(c.done) > 0 }

func (c *call) end() (reply, error) { return c.r.read(<-c.done) }

// serveWaiting lets the server answer, however long it takes.
func (r *request) serveWaiting() reply {
	r.d.w.count.requests++
	return <-r.begin().done
}

// refuse sends half of a request: nothing may come of it.
func (r *request) refuse() error {
	w := r.d.w
	w.count.cut++
	before, err := w.truth()
	if err != nil {
		return err
	}
	half := bytes.NewReader(r.body[:len(r.body)/2])
	a := r.serve(io.MultiReader(half, broken{}))
	after, err := w.truth()
	if err == nil && after.at != before.at {
		err = fmt.Errorf("half a %s request moved the account", r.cmd)
	}
	if err == nil && a.code == http.StatusOK && len(a.body) == 0 {
		err = fmt.Errorf("half a %s request was answered with success", r.cmd)
	}
	return err
}

// broken is where a connection ends.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// expect compares an answer with the one that the model wrote, to the byte.
func (w *world) expect(a reply, want *node) error {
	if want == nil {
		if len(a.body) > 0 || a.code != http.StatusOK {
			return fmt.Errorf("want an empty answer, got %d:\n%s", a.code, a.doc)
		}
		return nil
	}
	if a.doc == nil {
		return fmt.Errorf("got %d with %d bytes, want\n%s", a.code, len(a.body), want)
	}
	if err := w.learned.fill(want, a.doc); err != nil {
		return err
	}
	raw, err := want.bytes()
	if err != nil {
		return err
	}
	if !bytes.Equal(raw, a.body) {
		return fmt.Errorf("the answer is not what it should be (- want, + got):\n%s", difference(want.String(), a.doc.String()))
	}
	return nil
}

// difference shows the lines that differ.
func difference(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	return "-" + strings.Join(a, "\n-") + "\n+" + strings.Join(b, "\n+")
}

// A trail is what happened last, for whoever has to find out why it went wrong.
type trail struct{ steps []string }

// trailFlag is how many of the last steps are printed.
var trailFlag = flag.Int("model.trail", 24, "how many of the last steps are printed when TestModel fails")

func (t *trail) add(format string, args ...any) {
	t.steps = append(t.steps, fmt.Sprintf(format, args...))
	t.steps = t.steps[max(len(t.steps)-*trailFlag, 0):]
}

func (t *trail) note(r *request, a reply) {
	t.add("%s (%s): %s %s\n%s-> %d\n%s", r.d.name, r.d.version, r.cmd, r.args.Encode(), indented(r.doc), a.code, indented(a.doc))
}

func indented(n *node) string {
	var b strings.Builder
	for line := range strings.Lines(n.String()) {
		if len(line) > 160 {
			line = line[:160] + "...\n"
		}
		b.WriteString("    " + line)
	}
	return b.String()
}

func (t *trail) String() string { return strings.Join(t.steps, "\n") }
