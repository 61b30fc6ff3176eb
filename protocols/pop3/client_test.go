package pop3

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// caFile writes the authority's certificate where a client can read it.
func caFile(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "ca.crt")
	if err := os.WriteFile(name, testPKI(t).ca, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestCurl(t *testing.T) {
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("no curl")
	}
	w := newWorld(t)
	w.add(letter(1, "one"), letter(2, ".two", "..", "2b"))
	plain, implicit, _ := w.serve(w.options())
	ca := caFile(t)
	run := func(args ...string) string {
		t.Helper()
		args = append([]string{"-sS", "--max-time", "30", "--cacert", ca, "--user", "alice:" + password}, args...)
		out, err := exec.CommandContext(t.Context(), curl, args...).Output()
		if err != nil {
			t.Fatalf("curl %v: %v", args, err)
		}
		return string(out)
	}
	if got := run("pop3s://" + implicit + "/2"); got != letter(2, ".two", "..", "2b") {
		t.Errorf("retrieved %q", got)
	}
	if got := run("--ssl-reqd", "pop3://"+plain+"/1"); got != letter(1, "one") {
		t.Errorf("retrieved %q", got)
	}
	if got := run("--ssl-reqd", "--login-options", "AUTH=LOGIN", "pop3://"+plain); got != "1 56\r\n2 65\r\n" {
		t.Errorf("listed %q", got)
	}
	run("-l", "-X", "DELE", "pop3s://"+implicit+"/1")
	if w.left() != 1 {
		t.Errorf("%d messages are left", w.left())
	}
}

const poplibScript = `
import poplib, ssl, sys
host, port, tls_port, ca, password = sys.argv[1:]
context = ssl.create_default_context(cafile=ca)
p = poplib.POP3_SSL(host, int(tls_port), context=context, timeout=30)
assert 'PIPELINING' in p.capa(), p.capa()
p.utf8()
p.user('alice'); p.pass_(password)
assert p.stat()[0] == 2, p.stat()
ids = p.uidl()[1]
lines = p.retr(2)[1]
assert lines[-3:] == [b'.two', b'..', b'2b'], lines
assert p.top(2, 1)[1][-1] == b'.two'
p.dele(1); p.rset(); p.dele(2)
p.quit()
p = poplib.POP3(host, int(port), timeout=30)
p.stls(context)
p.user('alice'); p.pass_(password)
assert p.uidl()[1] == ids[:1], (p.uidl(), ids)
p.quit()
`

func TestPoplib(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3")
	}
	w := newWorld(t)
	w.add(letter(1, "one"), letter(2, ".two", "..", "2b"))
	plain, implicit, _ := w.serve(w.options())
	host, port, _ := net.SplitHostPort(plain)
	_, tlsPort, _ := net.SplitHostPort(implicit)
	out, err := exec.CommandContext(t.Context(), python, "-c", poplibScript, host, port, tlsPort, caFile(t), password).CombinedOutput()
	if err != nil {
		t.Fatalf("poplib: %v\n%s", err, out)
	}
	if w.left() != 1 {
		t.Errorf("%d messages are left", w.left())
	}
}

// TestSCRAM logs in without TLS and bound to TLS, by a client written down from RFC 5802.
func TestSCRAM(t *testing.T) {
	w := newWorld(t)
	plain, implicit, _ := w.serve(w.options())
	k := dial(t, plain)
	k.want("+OK")
	k.scram("SCRAM-SHA-256", "n,,", "", "+OK 0 messages")
	k.cmd("QUIT", "+OK")
	for _, tt := range []struct{ mechanism, gs2, binding, want string }{
		{"SCRAM-SHA-256", "n,,", "", "+OK 0 messages"},
		{"SCRAM-SHA-256-PLUS", "p=tls-exporter,,", "tls-exporter", "+OK 0 messages"},
		{"SCRAM-SHA-256-PLUS", "p=tls-server-end-point,,", "tls-server-end-point", "+OK 0 messages"},
		{"SCRAM-SHA-256-PLUS", "p=tls-exporter,,", "tls-server-end-point", "-ERR malformed"},
		{"SCRAM-SHA-256-PLUS", "p=tls-exporter,,", "", "-ERR malformed"},
		{"SCRAM-SHA-256-PLUS", "p=tls-unique,,", "", "-ERR malformed"},
		{"SCRAM-SHA-256", "y,,", "", "-ERR malformed"},
	} {
		k := dial(t, implicit)
		k.startTLS()
		k.want("+OK")
		state := k.conn.(*tls.Conn).ConnectionState()
		bindings := map[string]string{}
		exported, err := state.ExportKeyingMaterial("EXPORTER-Channel-Binding", []byte{}, 32)
		if err != nil {
			t.Fatal(err)
		}
		end := sha256.Sum256(state.PeerCertificates[0].Raw)
		bindings["tls-exporter"], bindings["tls-server-end-point"] = string(exported), string(end[:])
		k.scram(tt.mechanism, tt.gs2, bindings[tt.binding], tt.want)
		k.cmd("QUIT", "+OK")
	}
}

// scram logs alice in, with channel as the name that she has for the connection.
func (k *talk) scram(mechanism, gs2, channel, want string) {
	t := k.t
	t.Helper()
	const bare = "n=alice,r=clientnonce"
	k.cmd("AUTH "+mechanism+" "+b64(gs2+bare), "")
	if !strings.HasPrefix(k.last, "+ ") {
		if !strings.HasPrefix(k.last, want) {
			t.Errorf("%s %s: %q; want %q", mechanism, gs2, k.last, want)
		}
		return
	}
	server := k.challenge()
	f := strings.Split(server, ",")
	salt, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(f[1], "s="))
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(strings.TrimPrefix(f[2], "i="))
	if err != nil {
		t.Fatal(err)
	}
	salted, err := pbkdf2.Key(sha256.New, password, salt, n, sha256.Size)
	if err != nil {
		t.Fatal(err)
	}
	final := "c=" + b64(gs2+channel) + "," + f[0]
	signed := bare + "," + server + "," + final
	proof := mac(salted, "Client Key")
	stored := sha256.Sum256(proof)
	for i, b := range mac(stored[:], signed) {
		proof[i] ^= b
	}
	k.cmd(b64(final+",p="+base64.StdEncoding.EncodeToString(proof)), "")
	if strings.HasPrefix(k.last, "+ ") {
		says := "v=" + base64.StdEncoding.EncodeToString(mac(mac(salted, "Server Key"), signed))
		if got := k.challenge(); got != says {
			t.Errorf("server says %q; want %q", got, says)
		}
		k.send("\r\n")
		k.want("")
	}
	if !strings.HasPrefix(k.last, want) {
		t.Errorf("%s %s: %q; want %q", mechanism, gs2, k.last, want)
	}
}

func (k *talk) challenge() string {
	k.t.Helper()
	text, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(k.last, "+ "))
	if err != nil {
		k.t.Fatal(err)
	}
	return string(text)
}

func b64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}
