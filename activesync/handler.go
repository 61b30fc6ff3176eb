package activesync

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/gannetmail/gannet/activesync/doctor"
	"github.com/gannetmail/gannet/activesync/policy"
	"github.com/gannetmail/gannet/auth"
	"github.com/gannetmail/gannet/contacts"
	"github.com/gannetmail/gannet/contacts/smime"
	"github.com/gannetmail/gannet/protocols"
	"github.com/gannetmail/gannet/store"
)

// Authenticator is the part of auth.Service that the handler needs.
type Authenticator interface {
	Verify(ctx context.Context, a auth.Attempt) (auth.Identity, error)
	Addresses(ctx context.Context, acct store.AccountID) ([]string, error)
	Owns(ctx context.Context, acct store.AccountID, addr string) (bool, error)
}

// Options say what a [Handler] works on. Store, Auth, Mail and Hostname must be set; all else has a default.
type Options struct {
	Store    store.Store
	Auth     Authenticator
	Mail     Sender
	Hostname string       // for Message-IDs and the realm of the challenge
	Build    string       // names this program: what an earlier one could not show is tried again; empty: never
	Log      *slog.Logger // nil: none
	Versions []Version    // advertised; nil: DefaultVersions
	Notices  Notices      // nil: nobody hears of devices that are kept out
	Limits   Limits
	Now      func() time.Time // nil: time.Now

	MinHeartbeat time.Duration // shortest wait of Ping and Sync; 0: 60 s
	MaxHeartbeat time.Duration // longest; 0: 59 min

	Location *time.Location // in which people live, unless their accounts say otherwise: an IANA zone; nil: UTC

	Directory    *contacts.Directory // the address list; nil: one on Store
	Certificates *smime.Validator    // of ValidateCert; nil: the system's roots, nothing known of revocations
}

// Limits bound what one request and one device may cost. A zero field is its default, a negative one means
// no limit where that is said.
type Limits struct {
	MaxBody    int64         // bytes of a request without a message; 0: 1 MiB
	MaxMessage int64         // bytes of a request with one; 0: 64 MiB
	BodyIdle   time.Duration // how long the next piece of a body may take; 0: 60 s
	Devices    int           // of one account; 0: 100
	Alike      int           // of one account, type and user agent; 0: 20
	Rate       float64       // requests a second of one device in the long run; 0: 4; negative: no limit
	Burst      int           // requests that a device may have saved up; 0: 1000
	Newcomers  int           // devices never seen before that an account may get at once; 0: 200; negative: no limit
	Spacing    time.Duration // longest delay of a device whose Pings all end at once; 0: 30 s; negative: none
	Search     time.Duration // longest that one search may take; 0: 25 s
}

func (o Options) withDefaults() Options {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Versions == nil {
		o.Versions = DefaultVersions
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Directory == nil {
		o.Directory = &contacts.Directory{Store: o.Store, Now: o.Now}
	}
	if o.Certificates == nil {
		o.Certificates = &smime.Validator{Now: o.Now}
	}
	o.MinHeartbeat = orDefault(o.MinHeartbeat, time.Minute)
	o.MaxHeartbeat = orDefault(o.MaxHeartbeat, 59*time.Minute)
	if o.Location == nil {
		o.Location = time.UTC
	}
	l := &o.Limits
	l.MaxBody = orDefault(l.MaxBody, 1<<20)
	l.MaxMessage = orDefault(l.MaxMessage, 64<<20)
	l.BodyIdle = orDefault(l.BodyIdle, time.Minute)
	l.Devices = orDefault(l.Devices, 100)
	l.Alike = orDefault(l.Alike, 20)
	l.Rate = orDefault(l.Rate, 4)
	l.Burst = orDefault(l.Burst, 1000)
	l.Newcomers = orDefault(l.Newcomers, 200)
	l.Spacing = orDefault(l.Spacing, 30*time.Second)
	l.Search = orDefault(l.Search, searchTime)
	return o
}

func orDefault[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}

// Handler serves ActiveSync. It is safe for concurrent use. The router decides the path; the handler does
// not look at it.
type Handler struct {
	Options
	leases    leases
	charts    charts
	rounds    rounds // of Provision
	searches  searchMemory
	searching searchTurns
	policies  policies
	allow     string // MS-ASProtocolVersions
	offered   string // MS-ASProtocolCommands
	retries   retries
}

// New returns a handler.
func New(o Options) *Handler {
	o = o.withDefaults()
	return &Handler{
		Options: o,
		charts:  charts{limits: o.Limits, longest: o.MaxHeartbeat},
		allow:   listVersions(o.Versions),
		offered: listCommands(o.Versions),
	}
}

// A request is one POST on its way, past all checks once a command sees it.
type request struct {
	http    *http.Request
	query   Query
	version Version
	cmd     *command
	account store.Account
	device  *store.Device         // as it was when the request came; changed through [Handler.updateDevice]
	policy  *policy.Policy        // of the device
	mine    *ownAddresses         // of the account; see [Handler.ownAddresses]
	owned   map[ownedAddress]bool // whether an address that an object names is an account's, as far as it was asked
	quirks  quirks
	fresh   bool   // the device has never been seen before
	login   string // as typed
	key     uint32 // policy key
	log     *slog.Logger
	body    *body
	remote  string         // network address of the client, without port
	home    *time.Location // in which the person lives; see [Handler.home]
	now     time.Time
	started time.Time // on the machine's clock
	begun   time.Time // when the command began: after the delay of a hasty device
	wait    waitNote
	events  []doctor.Event // that happened in it
}

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.commonHeaders(w.Header())
	b := newBody(r.Body, http.NewResponseController(w), h.Limits) // of any method: the time to send it is limited
	switch r.Method {
	case http.MethodPost:
		h.post(w, r, b)
	case http.MethodOptions:
		h.options(w, r)
	case http.MethodGet, http.MethodHead:
		h.get(w, r)
	default:
		http.Error(w, "not implemented", http.StatusNotImplemented)
	}
}

// Header names as the specification writes them. Names are the same in any case, but old clients look for
// these as they stand, and net/http would write them its own way. MS-ASHTTP, Response Headers.
const (
	serverHeader   = "MS-Server-ActiveSync"
	aspNetHeader   = "X-AspNet-Version"
	versionsHeader = "MS-ASProtocolVersions"
	commandsHeader = "MS-ASProtocolCommands"
)

// commonHeaders sets what every answer has. Nine takes a version of 16 and more only from a server with
// X-AspNet-Version.
func (h *Handler) commonHeaders(header http.Header) {
	header[serverHeader] = []string{"15.2"}
	header[aspNetHeader] = []string{"4.0.30319"}
	header.Set("Cache-Control", "private")
	header.Set("X-Content-Type-Options", "nosniff")
}

// options answers OPTIONS: clients read from it that the password is right and what they may use.
func (h *Handler) options(w http.ResponseWriter, r *http.Request) {
	if _, ok := h.authenticate(w, r, Query{}); !ok {
		return
	}
	header := w.Header()
	header.Set("Allow", "OPTIONS,POST")
	header.Set("Public", "OPTIONS,POST")
	header[versionsHeader] = []string{h.allow}
	header[commandsHeader] = []string{h.offered}
	header.Set("Content-Length", "0")
	w.WriteHeader(http.StatusOK)
}

// get answers a person or a monitor who looks whether something is here.
func (h *Handler) get(w http.ResponseWriter, r *http.Request) {
	if _, ok := h.authenticate(w, r, Query{}); !ok {
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	io.WriteString(w, "This is an Exchange ActiveSync server. Add this account to a phone as an Exchange account.\n")
}

// post takes a request through all checks and answers it. It is small on purpose: a parked request keeps
// its frame for an hour.
func (h *Handler) post(w http.ResponseWriter, r *http.Request, b *body) {
	a := newAnswer(w, r)
	q := &request{
		http: r, body: b, log: h.Log, now: h.Now(), started: time.Now(), remote: protocols.HTTPRemote(r).String(),
	}
	defer h.recovered(q, a)
	if !h.begin(q, a) {
		return
	}
	h.conclude(q, a, h.serve(q, a))
	h.noteSeen(q)
}

// begin reads the request line and finds out who asks. It answers the request itself when it reports false.
func (h *Handler) begin(q *request, a *answer) bool {
	query, err := ParseQuery(q.http.URL.RawQuery)
	id, ok := h.authenticate(a.w, q.http, query)
	if !ok {
		return false
	}
	q.query, q.account, q.login = query, id.account, id.login
	q.log = h.Log.With(protocols.LogProto, "activesync", protocols.LogRemote, q.remote,
		protocols.LogAccount, q.account.Name, protocols.LogDevice, query.DeviceID)
	if err != nil {
		q.log.Info("request line refused", "error", err)
		a.failHTTP(http.StatusBadRequest)
	}
	return err == nil
}

// serve does what conclude then answers an error of: the checks behind authentication, and the command.
func (h *Handler) serve(q *request, a *answer) error {
	if err := h.identify(q); err != nil {
		return err
	}
	q.log = q.log.With("cmd", q.cmd.name, "version", q.version.String())
	if err := h.findDevice(q); err != nil {
		return err
	}
	if err := h.charts.pace(q); err != nil {
		return err
	}
	if err := h.checkDevice(q); err != nil {
		return err
	}
	if err := h.findPolicy(q); err != nil {
		return err
	}
	if err := h.checkPolicy(q); err != nil {
		return err
	}
	if err := q.checkBody(h.Limits); err != nil {
		return err
	}
	q.begun = time.Now()
	defer h.charts.ended(q)
	return q.cmd.run(h, q.http.Context(), q, a)
}

// identify finds version and command, and checks that the request line is complete.
func (h *Handler) identify(q *request) error {
	q.cmd, q.version = commandOf(q.query), q.query.Version
	known := q.version.Known()
	if !q.query.ByCode {
		q.version, known = headerVersion(q.http.Header)
	}
	switch {
	case q.cmd == nil || q.cmd.run == nil:
		return fail(statusCommandNotSupported, errors.New("no such command"))
	case !known, !q.cmd.in(q.version):
		return fail(statusVersionNotSupported, errors.New("no such version of the command"))
	case q.query.DeviceID == "":
		return fail(statusDeviceID, errors.New("no device id"))
	case q.query.DeviceType == "":
		return fail(statusDeviceType, errors.New("no device type"))
	}
	q.quirks = quirksOf(q.query.DeviceID, q.query.DeviceType, q.http.UserAgent())
	q.key = q.query.PolicyKey
	if key, ok := policyKey(q.http.Header.Get("X-MS-PolicyKey")); ok && !q.query.HasKey {
		q.key = key
	}
	return nil
}

// headerVersion reads MS-ASProtocolVersion; without it a client is of the time before there were others.
func headerVersion(header http.Header) (Version, bool) {
	text := header.Get("MS-ASProtocolVersion")
	if text == "" {
		return V25, true
	}
	return ParseVersion(text)
}

// conclude turns the outcome of a request into its answer.
func (h *Handler) conclude(q *request, a *answer, err error) {
	if err == nil {
		err = a.finish()
	}
	defer h.noteRequest(q, a, outcome{err: err, broken: err != nil && a.sent, gone: q.http.Context().Err() != nil})
	if err == nil {
		q.log.Debug("answered", "bytes", a.bytes, "duration", time.Since(q.started))
		return
	}
	var busy *throttled
	switch {
	case q.http.Context().Err() != nil && !a.sent: // hardly anybody is there to read it, but an empty 200 is success
		a.failHTTP(http.StatusServiceUnavailable)
	case a.sent:
		q.log.Warn("answer broken off", "error", err)
		panic(http.ErrAbortHandler)
	case errors.As(err, &busy):
		h.retryLater(a.w, busy.after)
	default:
		h.answerError(q, a, err)
	}
}

// answerError answers a request that came to nothing before anything was sent.
func (h *Handler) answerError(q *request, a *answer, err error) {
	var tooBig *http.MaxBytesError
	level := slog.LevelInfo
	if ours(err) {
		level = slog.LevelError
	}
	status := q.statusSafe(err)
	q.log.Log(q.http.Context(), level, "request refused", "status", status, "error", err)
	if status == statusRetryLater {
		protocols.SetRetryAfter(a.w.Header(), retryAfter)
	}
	switch {
	case errors.As(err, &tooBig) && !(q.cmd != nil && q.cmd.mail && q.version >= V140):
		a.failHTTP(http.StatusRequestEntityTooLarge)
	case q.plain(status):
		a.failHTTP(httpCode(status))
	default:
		if err := a.fail(q.cmd, status); err != nil {
			q.log.Info("answer not sent", "error", err)
		}
	}
}

// retryAfter is when a client is to come again that met a busy server.
const retryAfter = 30 * time.Second

// statusSafe is status for a request that may not even have a command.
func (q *request) statusSafe(err error) int {
	if q.cmd == nil {
		q.cmd = &command{}
		defer func() { q.cmd = nil }()
	}
	return q.status(err)
}

// plain reports whether status is answered as an HTTP code: a common one up to 12.1, or one without a
// document to put it into.
func (q *request) plain(status int) bool {
	return q.cmd == nil || q.cmd.root == 0 || status >= 100 && q.version < V140
}

// recovered answers a request whose command panicked, and keeps the others running.
func (h *Handler) recovered(q *request, a *answer) {
	v := recover()
	if v == nil {
		return
	}
	if v == http.ErrAbortHandler {
		panic(v)
	}
	q.log.Error("panic", "panic", v, "stack", string(debug.Stack()))
	if a.sent {
		panic(http.ErrAbortHandler)
	}
	h.noteRequest(q, a, outcome{err: fmt.Errorf("panic: %v", v)})
	if status := statusServerError; q.plain(status) {
		a.failHTTP(http.StatusInternalServerError)
	} else {
		a.fail(q.cmd, status)
	}
}

// checkBody looks at length and type of the body before a command reads it.
func (q *request) checkBody(limits Limits) error {
	q.body.limit = limits.MaxBody
	if q.cmd.mail {
		q.body.limit = limits.MaxMessage
	}
	if q.http.ContentLength > q.body.limit {
		return &http.MaxBytesError{Limit: q.body.limit}
	}
	if q.cmd.bodiless || q.http.ContentLength == 0 || q.http.Body == http.NoBody {
		return nil
	}
	kind, _, _ := strings.Cut(q.http.Header.Get("Content-Type"), ";")
	allowed := []string{typeWBXML, typeShort}
	if q.cmd.mail {
		allowed = append(allowed, typeMessage)
	}
	if !slices.Contains(allowed, strings.ToLower(strings.TrimSpace(kind))) {
		return fail(statusInvalidContent, errors.New("content type "+kind))
	}
	return nil
}
