package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "rewrite what is generated from the code")

// loadText loads a configuration from the text of a gannet.toml.
func loadText(t *testing.T, text string, environ, sets []string) (*Config, error) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, configFile), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return load(dir, environ, sets)
}

func TestConfigOverlays(t *testing.T) {
	c, err := loadText(t, `
[server]
hostname = "Mail.Example.Test"
[listen]
smtp = "off"
https = "0.0.0.0:443"
[routes]
"Outside.TEST" = "smtp://127.0.0.1:2626"
[mail]
max_size = "20 MB"
`,
		[]string{"GANNET_LISTEN_HTTPS=127.0.0.1:1", "GANNET_QUEUE_RETRY=1m, 2m", "GANNET_CORPUS=/elsewhere", "GANNET_SERVICE_HOST=10.0.0.1", "GANNET_PORT=tcp://10.0.0.1:443", "GANNET_PORT_443_TCP=x", "GANNET_ROUTES_DEFAULT=smtp://relay.test:25"},
		[]string{"queue.retry=5m", "routes.other.test=smtp://10.0.0.1:25", "http.trusted_proxies=10.0.0.0/8,127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	if c.Server.Hostname != "mail.example.test" || c.Listen.SMTP.Enabled() || c.Listen.HTTPS != "127.0.0.1:1" || c.Mail.MaxSize != 20<<20 {
		t.Errorf("got %+v %+v %+v", c.Server, c.Listen, c.Mail)
	}
	if len(c.Queue.Retry) != 1 || c.Queue.Retry[0] != Duration(5*time.Minute) {
		t.Errorf("queue.retry = %v, want what --set said", c.Queue.Retry)
	}
	want := map[string]Route{"outside.test": "smtp://127.0.0.1:2626", "other.test": "smtp://10.0.0.1:25", "default": "smtp://relay.test:25"}
	for domain, route := range want {
		if c.Routes[domain] != route {
			t.Errorf("route of %s = %q, want %q", domain, c.Routes[domain], route)
		}
	}
	if len(c.HTTP.TrustedProxies) != 2 || !trusted(c.HTTP.TrustedProxies[1].Addr(), c.HTTP.TrustedProxies) {
		t.Errorf("http.trusted_proxies = %v", c.HTTP.TrustedProxies)
	}
}

func TestConfigErrors(t *testing.T) {
	tests := []struct {
		name, text string
		sets, env  []string
		want       []string // all in the error
	}{
		{"unknown keys", "[listen]\nhttp = \"x\"\n[mail]\nmaxsize = 1\n", nil, nil,
			[]string{"gannet.toml:2:1: unknown key listen.http", "gannet.toml:4:1: unknown key mail.maxsize; did you mean mail.max_size?"}},
		{"unknown section", "[liste]\nhttps = \"off\"\n", nil, nil, []string{"gannet.toml:1:2: unknown key liste"}},
		{"syntax", "[listen\n", nil, nil, []string{"gannet.toml:1:"}},
		{"value of the wrong form", "[listen]\nhttps = \"nowhere\"\n", nil, nil, []string{`listen.https: "nowhere" is not host:port and not off`}},
		{"value of the wrong type", "[http]\nconnections = \"many\"\n", nil, nil, []string{`gannet.toml:2:1: http.connections: want a value without quotes, not "many"`}},
		{"all problems at once", "[server]\nhostname = \"no host\"\n[queue]\nexpire = \"1s\"\nretry = []\n[smtp]\nmax_recipients = 1\n", nil, nil,
			[]string{"server.hostname:", "queue.expire: 1s is outside 1m to 60d", "queue.retry:", "smtp.max_recipients: 1 is outside 100 to 1000"}},
		{"a number without a unit", "[server]\ndrain = 20\n", nil, nil, []string{"server.drain: \"20\" is not a length of time"}},
		{"one address twice", "[listen]\nsmtp = \"127.0.0.1:25\"\nsubmission = \"127.0.0.1:25\"\n", nil, nil, []string{"listen.submission: 127.0.0.1:25 is also the address of listen.smtp"}},
		{"set", "", []string{"listen.nttps=off", "listen.https", "mail.max_size=big"}, nil,
			[]string{"--set listen.nttps=off: there is no key listen.nttps", "--set listen.https: want section.key=value", `"big" is not a size`}},
		{"environment", "", nil, []string{"GANNET_LISTEN_NTTPS=off"}, []string{"environment variable GANNET_LISTEN_NTTPS: there is no such key"}},
		{"environment, unknown section", "", nil, []string{"GANNET_LISTN_HTTPS=off"},
			[]string{"environment variable GANNET_LISTN_HTTPS: there is no such key; did you mean listen.https?"}},
		{"all problems from everywhere", "[http]\nconnections = \"many\"\nhtp2 = true\n[smtp]\nidle = 5\nmax_recipients = 1\n[liste]\na = 1\n",
			[]string{"listen.smtp=nowhere", "log.level=loud"}, []string{"GANNET_QUEUE_EXPIRE=soon", "GANNET_QEUE_EXPIRE=1d"},
			[]string{
				"gannet.toml:2:1: http.connections: want a value without quotes", "gannet.toml:3:1: unknown key http.htp2",
				`gannet.toml:5:1: smtp.idle: "5" is not a length of time`, "gannet.toml:7:2: unknown key liste",
				"smtp.max_recipients: 1 is outside", `--set listen.smtp=nowhere: "nowhere" is not`, "--set log.level=loud:",
				"GANNET_QUEUE_EXPIRE:", "GANNET_QEUE_EXPIRE: there is no such key; did you mean queue.expire?",
			}},
		{"shapes", "log = 1\n[listen]\nhttps = [\"off\"]\n[queue]\nretry = \"5m\"\n[server]\nhostname = 1\n[server.drain]\na = 1\n[routes]\na.test = \"smtp://b.test:25\"\n", nil, nil,
			[]string{
				"gannet.toml:1:1: log is a section: write [log]", "gannet.toml:3:1: listen.https: want one value, not a list",
				"gannet.toml:5:1: queue.retry: want a list", "gannet.toml:7:1: server.hostname: want text in quotes, not 1",
				"gannet.toml:8:9: server.drain: want one value, not a table", "gannet.toml:11:1: routes.a: a domain with a dot in it must be in quotes",
			}},
		{"inline table", "tls = { cert = 1, kee = \"x\" }\n", nil, nil,
			[]string{"gannet.toml:1:1: tls.cert: want text in quotes", "gannet.toml:1:1: unknown key tls.kee"}},
		{"route", "[routes]\n\"a.test\" = \"http://b.test\"\n", nil, nil, []string{`routes.a.test: route "http://b.test"`}},
		{"heartbeat", "[activesync]\nmin_heartbeat = \"10m\"\nmax_heartbeat = \"5m\"\n", nil, nil,
			[]string{"activesync.max_heartbeat: 5m is below activesync.min_heartbeat 10m"}},
		{"policies of POP3", "[pop3]\nlogin_delay = \"2d\"\nkeep = \"1d12h\"\n", nil, nil,
			[]string{"pop3.login_delay: 2d is outside 0s to 1d", "pop3.keep: 36h is no number of whole days"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := loadText(t, tt.text, tt.env, tt.sets)
			if err == nil {
				t.Fatal("no error")
			}
			if exitCode(err) != exitUsage {
				t.Errorf("exit code %d, want %d", exitCode(err), exitUsage)
			}
			for _, w := range tt.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("error lacks %q:\n%v", w, err)
				}
			}
		})
	}
}

// TestConfigReference proves that what is written can be read, and that the reference hides no key.
func TestConfigReference(t *testing.T) {
	c := defaults("")
	c.Server.Hostname = "mail.example.test"
	c.Routes["a.test"] = "smtp://127.0.0.1:25"
	var reference, effective bytes.Buffer
	if err := c.writeReference(&reference); err != nil {
		t.Fatal(err)
	}
	if err := c.writeEffective(&effective); err != nil {
		t.Fatal(err)
	}
	for _, f := range c.fields() {
		if f.help == "" {
			t.Errorf("%s has no help", f.key)
		}
	}
	uncommented := strings.ReplaceAll(reference.String(), "\n# default = \"smtp", "\n# # default = \"smtp")
	var lines []string
	for line := range strings.Lines(uncommented) {
		if bare, ok := strings.CutPrefix(line, "# "); ok && strings.Contains(line, " = ") && !strings.HasPrefix(bare, "#") && !strings.HasPrefix(bare, `"`) {
			line = bare
		}
		lines = append(lines, line)
	}
	for name, text := range map[string]string{
		"reference": reference.String(), "reference without comment marks": strings.Join(lines, ""), "effective": effective.String(),
	} {
		got, err := loadText(t, text, nil, nil)
		if err != nil {
			t.Errorf("%s: %v\n%s", name, err, text)
			continue
		}
		var again bytes.Buffer
		if err := got.writeEffective(&again); err != nil {
			t.Fatal(err)
		}
		if again.String() != effective.String() {
			t.Errorf("%s reads as\n%s\nwant\n%s", name, again.String(), effective.String())
		}
	}
}

// TestOperatorPage holds the reference in the operator's page against the code.
func TestOperatorPage(t *testing.T) {
	const name = "../../docs/operator.md"
	page, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var reference bytes.Buffer
	if err := defaults("").writeReference(&reference); err != nil {
		t.Fatal(err)
	}
	before, rest, _ := strings.Cut(string(page), "```toml\n")
	block, after, found := strings.Cut(rest, "```\n")
	if !found {
		t.Fatalf("%s has no toml block", name)
	}
	if block != reference.String() && *update {
		text := before + "```toml\n" + reference.String() + "```\n" + after
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if block != reference.String() {
		t.Errorf("%s does not hold today's reference: go test -tags sqlite_fts5 ./cmd/gannet -run OperatorPage -update", name)
	}
	for _, e := range exitCodes {
		if !strings.Contains(string(page), "| "+strconv.Itoa(e.code)+" | "+e.help+" |") {
			t.Errorf("docs/operator.md lacks exit code %d, %s", e.code, e.help)
		}
	}
	for _, b := range defaults("").bounds() {
		if row := fmt.Sprintf("| `%s` | %s | %s |\n", b.key, b.min, b.max); !strings.Contains(string(page), row) {
			t.Errorf("docs/operator.md lacks the range %s", row)
		}
	}
}

func TestValuesReadBack(t *testing.T) {
	for in, want := range map[string]string{"90s": "1m30s", "5d": "5d", "1d12h": "36h", "60m": "1h", "0s": "0s", "250ms": "250ms"} {
		var d Duration
		if err := d.UnmarshalText([]byte(in)); err != nil || d.String() != want {
			t.Errorf("duration %s = %s, %v; want %s", in, d, err, want)
		}
	}
	for _, in := range []string{"", "5", "-1m", "d", "xd", "1d-2h", "5 d", "99999d"} {
		var d Duration
		if err := d.UnmarshalText([]byte(in)); err == nil {
			t.Errorf("duration %q was read as %v", in, d)
		}
	}
	for in, want := range map[string]string{"50MB": "50MB", "512 kb": "512KB", "1GiB": "1GB", "1025": "1025B", "0": "0", "2048": "2KB"} {
		var z Size
		if err := z.UnmarshalText([]byte(in)); err != nil || z.String() != want {
			t.Errorf("size %s = %s, %v; want %s", in, z, err, want)
		}
	}
	for _, in := range []string{"", "MB", "-1", "1.5GB", "9223372036854775807KB", "1XB"} {
		var z Size
		if err := z.UnmarshalText([]byte(in)); err == nil {
			t.Errorf("size %q was read as %v", in, z)
		}
	}
}
