package autodiscover

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/gannetmail/gannet/auth"
	"github.com/gannetmail/gannet/store"
)

// Authenticator is the part of auth.Service that the handler needs.
type Authenticator interface {
	Verify(ctx context.Context, a auth.Attempt) (auth.Identity, error)
	Owns(ctx context.Context, acct store.AccountID, addr string) (bool, error)
}

// Proto is a mail protocol of an [Endpoint].
type Proto string

// The protocols.
const (
	IMAP       Proto = "imap"
	POP3       Proto = "pop3"
	Submission Proto = "smtp"
)

// Security is how an endpoint is protected. Unprotected ones are not announced.
type Security string

// The kinds of protection.
const (
	ImplicitTLS Security = "SSL"
	StartTLS    Security = "STARTTLS"
)

// Endpoint is a listener that clients can really reach.
type Endpoint struct {
	Proto    Proto
	Host     string // empty: Options.Hostname
	Port     int
	Security Security
}

// Options say what to announce. Hostname and Auth must be set.
type Options struct {
	Hostname string // of the mail services, and the realm of the challenge
	// URL is the root of the HTTPS services as clients reach it, "https://mail.example.test:8443";
	// empty: https on Hostname.
	URL string
	// Name is what programs show as the provider; empty: Hostname.
	Name string
	// Endpoints are the mail listeners, for each protocol the preferred one first.
	Endpoints []Endpoint
	Auth      Authenticator
	Log       *slog.Logger     // nil: none
	Now       func() time.Time // nil: time.Now
}

// Handler answers all discovery paths, and 404 elsewhere.
type Handler struct{ o Options }

// New returns a handler.
func New(o Options) *Handler {
	if o.URL == "" {
		o.URL = "https://" + o.Hostname
	}
	o.URL = strings.TrimRight(o.URL, "/")
	if o.Name == "" {
		o.Name = o.Hostname
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Handler{o: o}
}

const jsonPath = "/autodiscover/autodiscover.json"

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p := strings.ToLower(path.Clean("/" + r.URL.Path))
	switch {
	case p == "/autodiscover/autodiscover.xml":
		h.servePOX(w, r)
	case p == jsonPath || strings.HasPrefix(p, jsonPath+"/"):
		h.open(w, r, func() { h.serveJSON(w, r, strings.TrimPrefix(p, jsonPath)) })
	case p == "/mail/config-v1.1.xml", p == "/.well-known/autoconfig/mail/config-v1.1.xml":
		h.open(w, r, func() { h.serveMozilla(w, r) })
	case p == "/apple.mobileconfig", p == "/autodiscover/apple.mobileconfig":
		h.open(w, r, func() { h.serveApple(w, r) })
	default:
		http.NotFound(w, r)
	}
}

// open lets reading methods through to an answer that needs no password.
func (h *Handler) open(w http.ResponseWriter, r *http.Request, serve func()) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		notAllowed(w, "GET, HEAD")
		return
	}
	serve()
}

func notAllowed(w http.ResponseWriter, allow string) {
	w.Header().Set("Allow", allow)
	http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
}

// parameter returns a query parameter whose name clients write in any case.
func parameter(r *http.Request, name string) string {
	for key, values := range r.URL.Query() {
		if strings.EqualFold(key, name) {
			return strings.TrimSpace(values[0])
		}
	}
	return ""
}

// endpoints returns those of one protocol, with their hosts filled in.
func (h *Handler) endpoints(p Proto) []Endpoint {
	var list []Endpoint
	for _, e := range h.o.Endpoints {
		if e.Proto != p {
			continue
		}
		if e.Host == "" {
			e.Host = h.o.Hostname
		}
		list = append(list, e)
	}
	return list
}

// activeSync is the address of the ActiveSync service.
func (h *Handler) activeSync() string { return h.o.URL + "/Microsoft-Server-ActiveSync" }

// send answers 200 with a document.
func (h *Handler) send(w http.ResponseWriter, r *http.Request, contentType string, document []byte) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", fmt.Sprint(len(document)))
	if r.Method == http.MethodHead {
		return
	}
	if _, err := w.Write(document); err != nil {
		h.o.Log.LogAttrs(r.Context(), slog.LevelDebug, "answer not sent", slog.Any("error", err))
	}
}
