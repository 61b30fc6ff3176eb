package e2e

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gannetmail/gannet/activesync/asclient"
)

const (
	diskSize = 64 << 20 // of the file system that the test fills
	ballast  = 24 << 20 // of a file that the test can take away
)

// TestFullDisk fills the file system under a running server. It must refuse mail for now, go on reading,
// lose nothing that it acknowledged, and take mail again once there is space.
func TestFullDisk(t *testing.T) {
	disk := smallDisk(t)
	run := &audit{t: t, site: newSite(t, disk, alice, bob), ledger: newLedger()}
	s := serve(t, run.site)
	phone := newStoryPhone(t, s, device{Account: alice, ID: "witness", Version: "14.1"}, asclient.PlainText)
	early := Letter{ID: "early", To: alice, Size: 3000}
	run.hand(s, early)
	if _, err := phone.SyncFully(t.Context(), phone.sync()); err != nil {
		t.Fatal(err)
	}
	weight := filepath.Join(disk, "ballast")
	if err := os.WriteFile(weight, make([]byte, ballast), 0o600); err != nil {
		t.Fatal(err)
	}

	refusal := run.fill(s)
	t.Logf("full after %d messages: %v", run.ledger.count(acked), refusal)
	if refusal.Code != 452 {
		t.Errorf("a full disk is answered with %v, want 452", refusal)
	}
	run.readWhileFull(s, phone)
	answer := asclient.Outgoing{MIME: Letter{ID: "while-full", To: bob, Size: 500}.Bytes(), ClientID: "while-full"}
	if err := phone.SendMail(t.Context(), answer); err != nil {
		t.Logf("SendMail while the disk is full: %v", err)
	}

	if err := os.Remove(weight); err != nil {
		t.Fatal(err)
	}
	run.recover(s)
	if err := phone.SendMail(t.Context(), answer); err != nil {
		var status *asclient.StatusError
		if !errors.As(err, &status) || status.Status != 118 {
			t.Errorf("SendMail once there is space: %v", err)
		}
	}
	run.ledger.put("<while-full@letters.example.net>", acked, bob)
	if _, err := phone.SyncFully(t.Context(), phone.sync()); err != nil {
		t.Errorf("the phone that was there before: %v", err)
	}
	correct(t, phone.Client)
	run.drain(s)
	found := run.compare(s, alice) + run.compare(s, bob)
	t.Logf("%d messages acknowledged, %d found", run.ledger.count(acked), found)
	if err := run.site.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestFullDiskKill kills a server whose disk is full. Nothing may be lost that it acknowledged, and once there
// is space it must start.
func TestFullDiskKill(t *testing.T) {
	disk := smallDisk(t)
	run := &audit{t: t, site: newSite(t, disk, alice), ledger: newLedger()}
	s, err := run.site.Serve(context.WithoutCancel(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	weight := filepath.Join(disk, "ballast")
	if err := os.WriteFile(weight, make([]byte, ballast), 0o600); err != nil {
		t.Fatal(err)
	}
	run.fill(s)
	if err := s.Kill(); err != nil {
		t.Fatal(err)
	}
	starting, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if s, err = run.site.Serve(starting); err != nil {
		t.Logf("on the full disk the server does not start: %.300v", err)
	} else if err := s.Stop(); err != nil {
		t.Logf("on the full disk the server started and ended: %.300v", err)
	}
	if err := os.Remove(weight); err != nil {
		t.Fatal(err)
	}
	s = serve(t, run.site)
	run.recover(s)
	t.Logf("%d messages acknowledged, %d found", run.ledger.count(acked), run.compare(s, alice))
	if err := run.site.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// smallDisk mounts a small file system in memory, or skips the test where that is not allowed.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "disk")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d,mode=700", diskSize)); err != nil {
		t.Skipf("a small file system cannot be mounted here (%v); the store's own tests inject full disks", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Errorf("unmount: %v", err)
		}
	})
	return dir
}

// hand delivers one letter; it must be taken.
func (r *audit) hand(s *Server, l Letter) {
	r.t.Helper()
	deliver(r.t, s, l.Bytes(), l.To)
	r.ledger.put(l.MessageID(), acked, l.To)
}

// fill delivers until the server has refused large and small messages for lack of space, and returns the
// first refusal.
func (r *audit) fill(s *Server) (refusal *Refused) {
	r.t.Helper()
	c, err := Dial(r.t.Context(), s.Addr["smtp"])
	if err != nil {
		r.t.Fatal(err)
	}
	defer c.Close()
	refusals := 0
	for n, size := 0, 300_000; refusals < 10; n++ {
		if n == 2000 {
			r.t.Fatalf("the disk of %d bytes does not become full", diskSize)
		}
		l := Letter{ID: fmt.Sprintf("fill-%d", n), To: alice, Size: size, Noise: true}
		err := c.Deliver(outside, []string{l.To}, l.Bytes())
		var now *Refused
		switch {
		case err == nil:
			r.ledger.put(l.MessageID(), acked, l.To)
			continue
		case !errors.As(err, &now) || now.Code/100 != 4:
			r.t.Fatalf("message %d: %v", n, err)
		case refusal == nil:
			refusal = now
		}
		r.ledger.put(l.MessageID(), refused, l.To)
		if refusals++; size > 2000 {
			size /= 10
		}
	}
	return refusal
}

// readWhileFull reads what is there. A Sync, which must write down where the phone is, may ask to come again.
func (r *audit) readWhileFull(s *Server, p *phone) {
	r.t.Helper()
	for id := range p.inbox.Items {
		body, err := p.fetchBody(r.t, id, asclient.PlainText)
		if err != nil || !strings.Contains(body.Data, "harbour") {
			r.t.Errorf("a message cannot be read while the disk is full: %v, %.60q", err, body.Data)
		}
	}
	if len(p.inbox.Items) == 0 {
		r.t.Error("the phone has nothing to read")
	}
	_, err := p.Sync(r.t.Context(), asclient.SyncRequest{Folders: []asclient.SyncFolder{p.sync()}})
	if err != nil && !answered(err) {
		r.t.Errorf("Sync while the disk is full: %v", err)
	}
	r.t.Logf("Sync while the disk is full: %v", err)
	client, err := s.Site.HTTP(false)
	if err != nil {
		r.t.Fatal(err)
	}
	defer client.CloseIdleConnections()
	for path, want := range map[string]int{"/healthz": http.StatusOK, "/readyz": http.StatusServiceUnavailable} {
		resp, err := client.Get(s.URL() + path)
		if err != nil {
			r.t.Errorf("%s: %v", path, err)
			continue
		}
		text, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != want {
			r.t.Logf("%s while the disk is full: %s, %s", path, resp.Status, text)
		}
	}
}

// recover delivers until the server, which has space again, takes a message.
func (r *audit) recover(s *Server) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), patience)
	defer cancel()
	c, err := Dial(ctx, s.Addr["smtp"])
	if err != nil {
		r.t.Fatal(err)
	}
	defer c.Close()
	for n := 0; ; n++ {
		l := Letter{ID: fmt.Sprintf("after-%d", n), To: alice, Size: 300_000, Noise: true}
		err := c.Deliver(outside, []string{l.To}, l.Bytes())
		if err == nil {
			r.ledger.put(l.MessageID(), acked, l.To)
			return
		}
		r.ledger.put(l.MessageID(), refused, l.To)
		if !Later(err) || ctx.Err() != nil {
			r.t.Fatalf("with space again, attempt %d: %v", n, err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}
