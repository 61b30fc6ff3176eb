package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gannetmail/gannet/activesync/asclient"
)

// TestStory is the main job from end to end: phones of every version add an account, mail arrives while
// they wait, each arrival ends their Ping and comes with the next Sync, what they show is what was sent, and
// what one of them does the others and the other account see.
func TestStory(t *testing.T) {
	if raced {
		t.Skip("the race detector cannot see into the server, and comparing megabytes under it takes minutes")
	}
	messages := ownMessages(t)
	if dir := corpusDir(); dir != "" {
		messages = append(corpusMessages(t, dir), messages...)
	} else {
		t.Log("no corpus here: only our own messages are delivered (GANNET_CORPUS names its folder)")
	}
	site := newSite(t, t.TempDir(), alice, bob)
	s := serve(t, site)
	phones := addPhones(t, s)

	began := time.Now()
	for i, m := range messages {
		arrive(t, s, phones, m)
		if t.Failed() {
			t.Fatalf("stopped at message %d of %d: %s", i+1, len(messages), m.Name)
		}
	}
	t.Logf("%d messages arrived on %d phones in %v", len(messages), len(phones), time.Since(began).Round(time.Millisecond))

	t.Run("content", func(t *testing.T) { testContent(t, phones, messages) })
	t.Run("actions", func(t *testing.T) { testActions(t, s, phones) })
	for _, p := range phones {
		correct(t, p.Client)
	}
	for _, line := range s.Log.Lines("level=ERROR") {
		t.Errorf("the server logged: %s", line)
	}
	if err := site.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// phone is a device in the story, with the Inbox it watches.
type phone struct {
	*asclient.Client
	inbox   *asclient.Folder
	options []*asclient.Node
	ids     []string // of the story's messages, in the order of their arrival
}

// String names the phone in failures.
func (p *phone) String() string {
	kind := "plain query"
	if p.Base64 {
		kind = "base64 query"
	}
	return p.Version + ", " + kind
}

// addPhones adds alice's account to phones of every version that the server offers.
func addPhones(t *testing.T, s *Server) []*phone {
	t.Helper()
	discover(t, s)
	var phones []*phone
	for i, version := range slices.Backward(asclient.Versions) {
		for _, packed := range []bool{false, true} {
			if packed && (version == "2.5" || version == "12.0") {
				continue // they know the plain query only
			}
			d := device{Account: alice, ID: fmt.Sprintf("phone%d%t", i, packed), Version: version, Base64: packed, HTTP2: packed}
			p := newStoryPhone(t, s, d, 1+len(phones)%2)
			if p == nil {
				t.Logf("version %s is not offered", version)
				break
			}
			phones = append(phones, p)
		}
	}
	if len(phones) < 4 {
		t.Fatalf("the server lets %d kinds of phone in", len(phones))
	}
	return phones
}

// discover does what a phone does with an address and a password, and wants to be led to this server.
func discover(t *testing.T, s *Server) {
	t.Helper()
	client, err := s.Site.HTTP(true)
	if err != nil {
		t.Fatal(err)
	}
	defer client.CloseIdleConnections()
	found, err := asclient.Discover(t.Context(), client, s.URL(), alice, password)
	if err != nil {
		t.Fatal(err)
	}
	if found.Address != alice || found.URL == "" {
		t.Errorf("autodiscover found %+v", found)
	}
	url, err := asclient.DiscoverJSON(t.Context(), client, s.URL(), alice)
	if err != nil {
		t.Fatal(err)
	}
	if url != found.URL {
		t.Errorf("autodiscover: %s by JSON, %s by XML", url, found.URL)
	}
}

// newStoryPhone adds the account; bodyType is what the phone asks Sync for. Nil: the version is not offered.
func newStoryPhone(t *testing.T, s *Server, d device, bodyType int) *phone {
	t.Helper()
	ctx := t.Context()
	p := &phone{Client: newPhone(t, s, d)}
	err := p.Setup(ctx)
	if errors.Is(err, asclient.ErrVersion) {
		return nil
	} else if err != nil {
		t.Fatalf("%v: set up: %v", p, err)
	}
	if p.inbox = p.FolderByType(asclient.TypeInbox); p.inbox == nil {
		t.Fatalf("%v: no Inbox among %d folders", p, len(p.Folders))
	}
	p.options = p.MailOptions(asclient.MailOptions{Filter: 0, Conflict: 1, Bodies: []asclient.BodyPreference{{Type: bodyType}}})
	if _, err := p.SyncFully(ctx, p.sync()); err != nil {
		t.Fatalf("%v: first sync: %v", p, err)
	}
	return p
}

// sync is the phone's request for its Inbox.
func (p *phone) sync(commands ...*asclient.Node) asclient.SyncFolder {
	return asclient.SyncFolder{Folder: p.inbox, Window: 100, Options: p.options, Commands: commands}
}

// arrive delivers one message while all phones wait, and lets each take it.
func arrive(t *testing.T, s *Server, phones []*phone, m specimen) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	g, ctx := errgroup.WithContext(ctx)
	for _, p := range phones {
		g.Go(func() error {
			id, err := p.await(ctx)
			if err != nil {
				return fmt.Errorf("%s: phone %v: %w", m.Name, p, err)
			}
			p.ids = append(p.ids, id)
			return nil
		})
	}
	g.Go(func() error {
		if err := hand(ctx, s, t.TempDir(), m); err != nil {
			return fmt.Errorf("%s: %w", m.Name, err)
		}
		return nil
	})
	if err := g.Wait(); err != nil {
		t.Error(err)
	}
}

// await waits for one message as a phone does: Ping ends, and the Sync after it brings the message.
func (p *phone) await(ctx context.Context) (id string, err error) {
	status, changed, err := p.Ping(ctx, 300, p.inbox)
	if err != nil {
		return "", err
	}
	if status != asclient.PingChanges || !slices.Contains(changed, p.inbox.ID) {
		return "", fmt.Errorf("ping ended with status %d for folders %v", status, changed)
	}
	result, err := p.Sync(ctx, asclient.SyncRequest{Folders: []asclient.SyncFolder{p.sync()}})
	if err != nil {
		return "", err
	}
	got := result.Folders[p.inbox.ID]
	if got == nil || got.Status != 1 || len(got.Added) != 1 || got.More {
		return "", fmt.Errorf("sync after ping brought %+v", got)
	}
	return got.Added[0], nil
}

// hand delivers by swaks, where it is installed, as another mail server's hand, and by our own client else.
func hand(ctx context.Context, s *Server, dir string, m specimen) error {
	swaks, err := exec.LookPath("swaks")
	if err != nil {
		c, err := Dial(ctx, s.Addr["smtp"])
		if err != nil {
			return err
		}
		if err := c.Deliver(outside, []string{alice}, m.Raw); err != nil {
			return err
		}
		return c.Quit()
	}
	path := filepath.Join(dir, "message")
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := WriteDots(f, m.Raw); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, swaks, "--server", s.Addr["smtp"], "--from", outside, "--to", alice,
		"--data", "@"+path, "--no-data-fixup", "--hide-all")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("swaks: %w\n%s", err, out)
	}
	return nil
}
