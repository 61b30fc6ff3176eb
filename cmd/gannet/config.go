package main

import (
	"path/filepath"
	"runtime/debug"
	"time"
)

// Config is everything that can be set. The reference file, `gannet config`, --set and GANNET_* are
// all derived from this struct: the toml tag is the key, the help tag its explanation.
type Config struct {
	Server     ServerConfig     `toml:"server"`
	Listen     ListenConfig     `toml:"listen"`
	TLS        TLSConfig        `toml:"tls"`
	HTTP       HTTPConfig       `toml:"http"`
	SMTP       SMTPConfig       `toml:"smtp"`
	IMAP       IMAPConfig       `toml:"imap"`
	POP3       POP3Config       `toml:"pop3"`
	Auth       AuthConfig       `toml:"auth"`
	Mail       MailConfig       `toml:"mail"`
	Queue      QueueConfig      `toml:"queue"`
	Routes     map[string]Route `toml:"routes"`
	ActiveSync ActiveSyncConfig `toml:"activesync"`
	SMIME      SMIMEConfig      `toml:"smime"`
	Calendars  CalendarsConfig  `toml:"calendars"`
	Store      StoreConfig      `toml:"store"`
	Log        LogConfig        `toml:"log"`

	// Data is the data directory, absolute. It comes from --data, not from the file.
	Data string `toml:"-"`

	// hostnameForRun is set when --set changed server.hostname: nothing is to be made of it that stays.
	hostnameForRun bool
}

// ServerConfig is who this server is.
type ServerConfig struct {
	Hostname string   `toml:"hostname" help:"The name that clients and other mail servers know this server by."`
	Timezone string   `toml:"timezone" help:"In which zone people live, for days and for times without a zone: an IANA name such as Europe/Berlin. Empty: the machine's. An account may have another, see gannet account timezone."`
	Drain    Duration `toml:"drain" help:"How long a stopping server lets running requests and deliveries end."`
}

// ListenConfig is where the listeners are; each is host:port, or "off".
type ListenConfig struct {
	HTTPS       Listen `toml:"https" help:"ActiveSync, autodiscover, /healthz and /readyz, over TLS."`
	SMTP        Listen `toml:"smtp" help:"Mail for local recipients from other servers (the MX port), with STARTTLS."`
	Submission  Listen `toml:"submission" help:"Mail from this server's own people: STARTTLS, then AUTH."`
	Submissions Listen `toml:"submissions" help:"The same with TLS from the first byte."`
	IMAP        Listen `toml:"imap" help:"IMAP for mail programs: STARTTLS, then a login."`
	IMAPS       Listen `toml:"imaps" help:"The same with TLS from the first byte."`
	POP3        Listen `toml:"pop3" help:"POP3 for mail programs: STLS, then a login."`
	POP3S       Listen `toml:"pop3s" help:"The same with TLS from the first byte."`
	LMTP        Listen `toml:"lmtp" help:"Local delivery from another mail server on this machine."`
	Metrics     Listen `toml:"metrics" help:"Prometheus text at /metrics and Go profiles at /debug/pprof, unencrypted: keep it on loopback."`
}

// TLSConfig names the certificate.
type TLSConfig struct {
	Cert string `toml:"cert" help:"Certificate chain in PEM. Relative to the data directory. Replaced files are noticed within a minute, or at once on SIGHUP."`
	Key  string `toml:"key" help:"Its private key in PEM."`
}

// HTTPConfig is how clients reach the HTTPS listener, and their bounds.
type HTTPConfig struct {
	PublicURL      string   `toml:"public_url" help:"How clients reach it, when that is not server.hostname with the port of listen.https: behind a proxy, say, \"https://mail.example.test\"."`
	HTTP2          bool     `toml:"http2" help:"Whether to speak HTTP/2. A parked Ping takes half as much memory again under it."`
	Connections    int      `toml:"connections" help:"Most connections at once; a phone holds one or two."`
	PerAddress     int      `toml:"per_address" help:"Most of them from one IPv4 address or IPv6 /64. Trusted proxies are not counted."`
	TrustedProxies []Prefix `toml:"trusted_proxies" help:"Addresses or networks of reverse proxies whose X-Forwarded-For is believed."`
}

// SMTPConfig bounds the clients of the SMTP, submission and LMTP listeners.
type SMTPConfig struct {
	Connections   int      `toml:"connections" help:"Most connections at once, for each listener."`
	PerAddress    int      `toml:"per_address" help:"Most of them from one IPv4 address or IPv6 /64."`
	Idle          Duration `toml:"idle" help:"How long a connection may be silent."`
	MaxRecipients int      `toml:"max_recipients" help:"Most recipients of one message."`
}

// IMAPConfig bounds the clients of the IMAP listeners.
type IMAPConfig struct {
	Connections   int      `toml:"connections" help:"Most connections at once, for each listener. A mail program holds several."`
	PerAddress    int      `toml:"per_address" help:"Most of them from one IPv4 address or IPv6 /64."`
	PerAccount    int      `toml:"per_account" help:"Most of them that one account may have logged in."`
	Idle          Duration `toml:"idle" help:"How long a connection that is logged in may be silent."`
	LoopbackPlain bool     `toml:"loopback_plain" help:"Whether programs on this machine may log in without TLS."`
	Without       []string `toml:"without" help:"Capabilities kept from programs that misbehave with them, each entry as \"alice@example.test UIDONLY NOTIFY\", \"client:Thunderbird COMPRESS=DEFLATE\" (how the name of its ID begins) or \"* PREVIEW\" for everybody."`
}

// POP3Config bounds the clients of the POP3 listeners.
type POP3Config struct {
	Connections   int      `toml:"connections" help:"Most connections at once, for each listener."`
	PerAddress    int      `toml:"per_address" help:"Most of them from one IPv4 address or IPv6 /64."`
	Idle          Duration `toml:"idle" help:"How long a connection may be silent. A program that vanished keeps its mailbox from others that use POP3 for as long."`
	LoopbackPlain bool     `toml:"loopback_plain" help:"Whether programs on this machine may log in without TLS."`
	LoginDelay    Duration `toml:"login_delay" help:"How long after a login by POP3 the account's next one is refused, in whole seconds, against programs that ask all the time; 0s: never."`
	Keep          Duration `toml:"keep" help:"How many days messages stay for people who use POP3: a session that ends well removes those that came into the Inbox earlier, whether they were fetched or not. 0s: messages stay until they are deleted."`
}

// AuthConfig is how people log in.
type AuthConfig struct {
	DefaultDomains []string `toml:"default_domains" help:"Domains that complete a login without one, tried in this order. Empty: the only domain, if there is exactly one."`
}

// MailConfig bounds messages.
type MailConfig struct {
	MaxSize Size `toml:"max_size" help:"Largest message accepted, sent or delivered."`
}

// QueueConfig is the life of outbound mail.
type QueueConfig struct {
	Expire    Duration   `toml:"expire" help:"How long mail for another server is tried before it goes back to its sender."`
	Retry     []Duration `toml:"retry" help:"How long to wait after the first, second, … failed attempt; the last repeats."`
	WarnAfter Duration   `toml:"warn_after" help:"After how long the sender is told that a message still waits; 0s: never."`
}

// ActiveSyncConfig bounds what devices may ask for.
type ActiveSyncConfig struct {
	MinHeartbeat Duration `toml:"min_heartbeat" help:"Shortest wait that a device may ask for in Ping or Sync."`
	MaxHeartbeat Duration `toml:"max_heartbeat" help:"Longest one. A proxy in front must allow at least as much."`
}

// SMIMEConfig is whose certificates for mail are trusted.
type SMIMEConfig struct {
	Roots           string   `toml:"roots" help:"File with certificates of authorities, PEM, whose certificates for mail are trusted. Relative to the data directory; read at start."`
	SystemRoots     bool     `toml:"system_roots" help:"Whether those that the operating system trusts are trusted too."`
	Revocation      bool     `toml:"revocation" help:"Whether to fetch the lists of revoked certificates that trusted authorities name: over http, from public addresses on port 80."`
	RevocationHosts []string `toml:"revocation_hosts" help:"Hosts of such lists that may have a private address or another port, as in the certificates: \"pki.example.test\", \"pki.example.test:8080\"."`
}

// CalendarsConfig is which calendars people may subscribe to.
type CalendarsConfig struct {
	Fetch bool     `toml:"fetch" help:"Whether calendars that accounts are subscribed to are fetched: over https, from public addresses. Otherwise they stay as they are."`
	Hosts []string `toml:"hosts" help:"Hosts that may also have a private address, and be asked over http: \"calendar.example.test\", \"10.1.2.3:8080\"."`
}

// StoreConfig is how long the journal remembers.
type StoreConfig struct {
	Tombstones Duration `toml:"tombstones" help:"How long deletions are remembered for devices that were away; one that was away longer starts over."`
}

// LogConfig shapes the log, which goes to standard error.
type LogConfig struct {
	Level  Level  `toml:"level" help:"debug, info, warn or error."`
	Format Format `toml:"format" help:"text or json."`
}

// defaults returns the configuration of a server whose gannet.toml is empty.
func defaults(data string) *Config {
	return &Config{
		Data:   data,
		Server: ServerConfig{Hostname: "localhost", Drain: Duration(20 * time.Second)},
		Listen: ListenConfig{
			HTTPS:       "127.0.0.1:8443",
			SMTP:        "127.0.0.1:2525",
			Submission:  "127.0.0.1:2587",
			Submissions: "127.0.0.1:2465",
			IMAP:        "127.0.0.1:2143",
			IMAPS:       "127.0.0.1:2993",
			POP3:        "127.0.0.1:2110",
			POP3S:       "127.0.0.1:2995",
			LMTP:        off,
			Metrics:     "127.0.0.1:9464",
		},
		TLS:  TLSConfig{Cert: "tls/server.crt", Key: "tls/server.key"},
		HTTP: HTTPConfig{Connections: 20000, PerAddress: 5000},
		SMTP: SMTPConfig{Connections: 1000, PerAddress: 50, Idle: Duration(5 * time.Minute), MaxRecipients: 1000},
		IMAP: IMAPConfig{Connections: 10000, PerAddress: 200, PerAccount: 50, Idle: Duration(30 * time.Minute)},
		POP3: POP3Config{Connections: 1000, PerAddress: 50, Idle: Duration(10 * time.Minute)},
		Mail: MailConfig{MaxSize: 50 << 20},
		Queue: QueueConfig{
			Expire:    Duration(5 * day),
			Retry:     durations(time.Minute, 5*time.Minute, 15*time.Minute, 30*time.Minute, time.Hour, 2*time.Hour, 4*time.Hour),
			WarnAfter: Duration(4 * time.Hour),
		},
		Routes: map[string]Route{},
		ActiveSync: ActiveSyncConfig{
			MinHeartbeat: Duration(time.Minute),
			MaxHeartbeat: Duration(59 * time.Minute),
		},
		SMIME:     SMIMEConfig{SystemRoots: true, Revocation: true},
		Calendars: CalendarsConfig{Fetch: true},
		Store:     StoreConfig{Tombstones: Duration(60 * day)},
		Log:       LogConfig{Level: "info", Format: "text"},
	}
}

func durations(all ...time.Duration) []Duration {
	list := make([]Duration, len(all))
	for i, d := range all {
		list[i] = Duration(d)
	}
	return list
}

// path makes a configured file name absolute: relative ones are in the data directory.
func (c *Config) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(c.Data, name)
}

// Names of what lies in the data directory.
const (
	configFile   = "gannet.toml"
	databaseFile = "gannet.db"
	controlFile  = "control.sock"
	secretFile   = "secret" // random bytes that must outlive a restart
)

// secretSize is the number of bytes in the secret file.
const secretSize = 32

// version and commit are set by the linker (see the Makefile).
var (
	version = "devel"
	commit  = ""
)

// buildCommit is the commit that the binary was built from, or "unknown".
func buildCommit() string {
	if commit != "" {
		return commit
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				return s.Value
			}
		}
	}
	return "unknown"
}
