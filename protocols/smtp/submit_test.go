package smtp

import (
	"bytes"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	gosasl "github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/gannetmail/gannet/auth"
)

// blob reads a queued message.
func (w *world) blob(i int) string {
	w.t.Helper()
	blob, err := w.st.OpenBlob(w.t.Context(), w.queue()[i].Blob)
	if err != nil {
		w.t.Fatal(err)
	}
	defer blob.Close()
	b := make([]byte, blob.Size())
	if _, err := blob.ReadAt(b, 0); err != nil {
		w.t.Fatal(err)
	}
	return string(b)
}

func TestSubmittedMessageIsCompleted(t *testing.T) {
	w := newWorld(t)
	k := start(t, w.serve(Options{Mode: Submission}))
	k.login()
	k.cmd("MAIL FROM:<alice@example.test> ENVID=QQ314159 RET=HDRS", "250")
	k.cmd("RCPT TO:<bob@example.test> NOTIFY=NEVER", "250")
	k.cmd("RCPT TO:<Secret@outside.test> ORCPT=rfc822;secret@outside.test", "250")
	k.cmd("DATA", "354")
	k.send("From: Alice <alice@example.test>\r\nTo: bob@example.test\r\nBcc: Secret@outside.test\r\nSubject: x\r\n\r\nbody\r\n..\r\n.\r\n")
	k.want("250 2.0.0 queued as")
	q := w.queue()
	if len(q) != 2 || q[0].Notify != "NEVER" || q[1].Notify != "" || q[0].EnvID != "QQ314159" || q[1].Recipient != "Secret@outside.test" ||
		q[0].Account != w.alice.ID || q[0].Sender != "alice@example.test" || q[0].Blob != q[1].Blob || q[0].UTF8 {
		t.Errorf("queue %+v", q)
	}
	got := w.blob(0)
	for _, want := range []string{"Received: from authenticated\r\n\tby mail.example.test (Gannet) with ESMTPSA id ", "\r\nDate: ", "\r\nMessage-ID: <", "\r\n\r\nbody\r\n.\r\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("lacks %q:\n%s", want, got)
		}
	}
	for _, not := range []string{"Bcc", "Secret", "127.0.0.1", "c.example", "Return-Path"} {
		if strings.Contains(got, not) {
			t.Errorf("tells %q:\n%s", not, got)
		}
	}
	if n := len(w.messages(w.alice.ID, "sent")); n != 0 {
		t.Errorf("%d messages in Sent", n)
	}
}

func TestSubmissionWithoutFromAndWithUTF8(t *testing.T) {
	w := newWorld(t)
	k := start(t, w.serve(Options{Mode: Submission}))
	k.login()
	k.cmd("MAIL FROM:<>", "250") // a read receipt
	k.cmd("RCPT TO:<bob@example.test>", "250")
	k.cmd("DATA", "354")
	k.send("To: jörg@outside.test\r\nSubject: grün\r\n\r\nbody\r\n.\r\n")
	k.want("250 2.0.0 queued as")
	if got := w.blob(0); !strings.Contains(got, "alice@example.test") {
		t.Errorf("no From:\n%s", got)
	}
	if q := w.queue(); q[0].Sender != "" || !q[0].UTF8 {
		t.Errorf("queue %+v", q)
	}
}

// The library client over implicit TLS, with every mechanism it has.
func TestSubmissionsByLibraryClient(t *testing.T) {
	w := newWorld(t)
	addr := w.serve(Options{Mode: Submission, Implicit: true})
	for _, a := range []gosasl.Client{gosasl.NewPlainClient("", "alice@example.test", password), gosasl.NewLoginClient("ALICE@example.test", password), &scramClient{user: "alice@example.test", password: password}} {
		c, err := smtp.DialTLS(addr, testPKI(t).client)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Auth(a); err != nil {
			t.Fatalf("%T: %v", a, err)
		}
		if err := c.SendMail("alice@example.test", []string{"bob@example.test"}, strings.NewReader("From: alice@example.test\r\n\r\nhi\r\n")); err != nil {
			t.Errorf("%T: %v", a, err)
		}
		if err := c.Quit(); err != nil {
			t.Errorf("quit: %v", err)
		}
	}
	if n := len(w.queue()); n != 3 {
		t.Errorf("%d rows queued", n)
	}
}

func TestAuthErrors(t *testing.T) {
	w := newWorld(t)
	addr := w.serve(Options{Mode: Submission, Implicit: true})
	dialTLS := func() *talk {
		c, err := tls.Dial("tcp", addr, testPKI(t).client)
		if err != nil {
			t.Fatal(err)
		}
		k := &talk{t: t}
		k.use(c)
		t.Cleanup(func() { c.Close() })
		k.want("220")
		k.cmd("EHLO c.example", "250")
		return k
	}
	k := dialTLS()
	k.cmd("AUTH PLAIN !!!", "454")
	k.cmd("AUTH PLAIN "+base64.StdEncoding.EncodeToString([]byte("no NULs")), "501 5.5.2")
	k.cmd("AUTH PLAIN", "334")
	k.cmd("*", "501")
	k.cmd("MAIL FROM:<alice@example.test>", "530 5.7.0")
	// Wrong guesses end in 454 or 535, never in entry, and the client is sent away in the end.
	guess := func(i int) string {
		return "AUTH PLAIN " + base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "\x00bob@example.test\x00guess %d", i))
	}
	var throttled bool
	for i := range 30 {
		k.send(guess(i) + "\r\n")
		got, err := k.reply()
		if err != nil {
			k = dialTLS()
			continue
		}
		throttled = throttled || strings.HasPrefix(got, "454 4.7.0")
		if !strings.HasPrefix(got, "535 5.7.8") && !strings.HasPrefix(got, "454 4.7.0") && !strings.HasPrefix(got, "421 4.7.0") {
			t.Fatalf("guess %d: %q", i, got)
		}
	}
	if !throttled {
		t.Error("30 guesses and no 454 4.7.0")
	}
}

// scramClient is SCRAM-SHA-256 as a client, RFC 5802.
type scramClient struct {
	user, password, nonce, first, proof string
	serverKey                           []byte
	step                                int
}

func (c *scramClient) Start() (string, []byte, error) {
	c.nonce = "fyko+d2lbbFgONRv9qkxdawL"
	c.first = "n=" + c.user + ",r=" + c.nonce
	return "SCRAM-SHA-256", []byte("n,," + c.first), nil
}

func (c *scramClient) Next(challenge []byte) ([]byte, error) {
	c.step++
	if c.step == 2 {
		if !bytes.HasPrefix(challenge, []byte("v=")) {
			return nil, fmt.Errorf("server final %q", challenge)
		}
		return []byte{}, nil
	}
	fields := make(map[string]string)
	for _, f := range strings.Split(string(challenge), ",") {
		k, v, _ := strings.Cut(f, "=")
		fields[k] = v
	}
	salt, err := base64.StdEncoding.DecodeString(fields["s"])
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(fields["i"])
	if err != nil {
		return nil, err
	}
	salted, err := pbkdf2.Key(sha256.New, c.password, salt, n, sha256.Size)
	if err != nil {
		return nil, err
	}
	clientKey := mac(salted, "Client Key")
	stored := sha256.Sum256(clientKey)
	final := "c=biws,r=" + fields["r"]
	signature := mac(stored[:], c.first+","+string(challenge)+","+final)
	for i := range clientKey {
		clientKey[i] ^= signature[i]
	}
	return []byte(final + ",p=" + base64.StdEncoding.EncodeToString(clientKey)), nil
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

// A foreign eye: swaks, where it is installed.
func TestSwaks(t *testing.T) {
	swaks, err := exec.LookPath("swaks")
	if err != nil {
		t.Skip("swaks is not installed")
	}
	w := newWorld(t)
	run := func(addr string, args ...string) {
		t.Helper()
		host, port, _ := net.SplitHostPort(addr)
		args = append([]string{"--server", host, "--port", port, "--helo", "swaks.example", "--timeout", "20"}, args...)
		if out, err := exec.CommandContext(t.Context(), swaks, args...).CombinedOutput(); err != nil {
			t.Errorf("swaks %v: %v\n%s", args, err, out)
		}
	}
	run(w.serve(Options{}), "--from", "a@elsewhere.test", "--to", "alice@example.test,list@example.test", "--body", "hello\n.\nworld")
	if got := w.wantInbox(1)[0]; !strings.Contains(got, "hello\r\n.\r\nworld") {
		t.Errorf("stored %q", got)
	}
	// swaks needs a Perl module for TLS, which may be missing; LMTP needs none.
	lmtp := w.serve(Options{Mode: LMTP})
	run(lmtp, "--protocol", "LMTP", "--from", "a@elsewhere.test", "--to", "alice@example.test")
	w.wantInbox(2)
	if err := exec.CommandContext(t.Context(), "perl", "-MNet::SSLeay", "-e1").Run(); err != nil {
		t.Log("swaks over TLS left out: Net::SSLeay is not installed")
		return
	}
	login := []string{"--from", "alice@example.test", "--to", "bob@example.test", "--auth-user", "alice@example.test", "--auth-password", password}
	for _, mechanism := range []string{"PLAIN", "LOGIN"} {
		run(w.serve(Options{Mode: Submission}), append(login, "--tls", "--auth", mechanism)...)
		run(w.serve(Options{Mode: Submission, Implicit: true}), append(login, "--tlsc", "--auth", mechanism)...)
	}
	if n := len(w.queue()); n != 4 {
		t.Errorf("%d rows queued", n)
	}
}

var _ Authenticator = (*auth.Service)(nil)
