package autodiscover

import (
	"encoding/xml"
	"errors"
	"fmt"
	"hash/crc32"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/gannetmail/gannet/protocols"
	"github.com/gannetmail/gannet/store"
)

// autodiscover is the document around every POX answer.
type autodiscover struct {
	XMLName  xml.Name `xml:"http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006 Autodiscover"`
	Response any
}

// mobileResponse is the answer of schema mobilesync. MS-ASCMD, Autodiscover. Type comes before Url: some
// clients look at the Url only after they have seen the Type.
type mobileResponse struct {
	XMLName xml.Name `xml:"http://schemas.microsoft.com/exchange/autodiscover/mobilesync/responseschema/2006 Response"`
	Culture string
	User    mobileUser
	Server  *mobileServer `xml:"Action>Settings>Server"`
	Error   *mobileError  `xml:"Action>Error"`
}

type mobileUser struct {
	DisplayName  string `xml:",omitempty"`
	EMailAddress string
}

type mobileServer struct{ Type, Url, Name string }

type mobileError struct {
	Status    int
	Message   string
	DebugData string
}

// errorResponse says that there is no answer. MS-OXDSCLI, Autodiscover Response.
type errorResponse struct {
	XMLName xml.Name `xml:"Response"`
	Error   struct {
		Time      string `xml:",attr"` // HH:MM:SS.fffffff
		ID        string `xml:"Id,attr"`
		ErrorCode int
		Message   string
		DebugData string
	}
}

// Error codes of MS-OXDSCLI, and the status of MS-ASCMD, Status (Autodiscover), for an unknown mailbox.
const (
	codeInvalid     = 600
	codeNoProvider  = 601
	statusProtocol  = 2
	poxContentType  = "text/xml; charset=utf-8"
	unknownMailbox  = "The address is not one of this account."
	errorTimeLayout = "15:04:05.0000000"
)

// servePOX answers the first version of autodiscovery, which asks for a password before anything else.
func (h *Handler) servePOX(w http.ResponseWriter, r *http.Request) {
	id, ok := h.login(w, r)
	if !ok {
		return
	}
	var answer any
	var err error
	switch r.Method {
	case http.MethodPost:
		answer, err = h.answer(w, r, id.Account)
	case http.MethodGet, http.MethodHead:
		err = fmt.Errorf("%w: nothing posted", errRequest)
	default:
		notAllowed(w, "GET, HEAD, POST")
		return
	}
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		http.Error(w, "request too large", http.StatusRequestEntityTooLarge)
		return
	case errors.Is(err, errRequest):
		answer = h.errorResponse(codeInvalid, "Invalid Request")
	case errors.Is(err, errSchema):
		answer = h.errorResponse(codeNoProvider, "Provider is not available")
	case err != nil:
		h.fault(w, r, "discover", err)
		return
	}
	h.o.Log.LogAttrs(r.Context(), slog.LevelDebug, "discover", slog.String(protocols.LogAccount, id.Account.Name),
		slog.String("agent", r.UserAgent()), slog.Any(protocols.LogError, err))
	h.sendXML(w, r, poxContentType, autodiscover{Response: answer})
}

// answer reads a request and makes the response that it asks for.
func (h *Handler) answer(w http.ResponseWriter, r *http.Request, acct store.Account) (any, error) {
	q, err := parseRequest(http.MaxBytesReader(w, r.Body, maxRequest))
	if err != nil {
		return nil, err
	}
	owns, err := h.o.Auth.Owns(r.Context(), acct.ID, q.address)
	if err != nil {
		return nil, err
	}
	if q.schema == outlook {
		if !owns {
			return h.errorResponse(codeInvalid, unknownMailbox), nil
		}
		return h.outlook(acct)
	}
	return h.mobile(acct, q.address, owns), nil
}

// mobile tells a phone where ActiveSync is, and the account's primary address and name: the phone takes
// them for the sender of its messages.
func (h *Handler) mobile(acct store.Account, asked string, owns bool) *mobileResponse {
	m := &mobileResponse{Culture: "en:us"}
	if !owns {
		m.User = mobileUser{EMailAddress: asked}
		m.Error = &mobileError{Status: statusProtocol, Message: unknownMailbox, DebugData: "MailUser"}
		return m
	}
	m.User = mobileUser{displayName(acct), acct.Name}
	m.Server = &mobileServer{Type: "MobileSync", Url: h.activeSync(), Name: h.activeSync()}
	return m
}

func (h *Handler) errorResponse(code int, message string) *errorResponse {
	e := &errorResponse{}
	e.Error.Time = h.o.Now().UTC().Format(errorTimeLayout)
	e.Error.ID = strconv.FormatUint(uint64(crc32.ChecksumIEEE([]byte(h.o.Hostname))), 10)
	e.Error.ErrorCode, e.Error.Message = code, message
	return e
}

func displayName(acct store.Account) string {
	if acct.Display != "" {
		return acct.Display
	}
	return acct.Name
}

// sendXML answers 200 with a document made from v.
func (h *Handler) sendXML(w http.ResponseWriter, r *http.Request, contentType string, v any) {
	body, err := xml.MarshalIndent(v, "", "  ")
	if err != nil {
		h.fault(w, r, "write document", err)
		return
	}
	h.send(w, r, contentType, append([]byte(`<?xml version="1.0" encoding="utf-8"?>`+"\n"), append(body, '\n')...))
}
