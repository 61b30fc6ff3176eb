package autodiscover

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/gannetmail/gannet/store/address"
)

// found and notFound are the answers of the second version of autodiscovery.
type found struct {
	Protocol string
	URL      string `json:"Url"`
}

type notFound struct {
	ErrorCode    string
	ErrorMessage string
}

// serveJSON answers the second version. rest is what follows the document's name in the path, in lower
// case: nothing, or /v1.0/<address> or /v1.1/<address>.
func (h *Handler) serveJSON(w http.ResponseWriter, r *http.Request, rest string) {
	addr := parameter(r, "Email")
	if rest != "" {
		version, named, _ := strings.Cut(strings.TrimPrefix(rest, "/"), "/")
		if version != "v1.0" && version != "v1.1" || strings.Contains(named, "/") {
			http.NotFound(w, r)
			return
		}
		if named != "" {
			addr = named
		}
	}
	if _, err := address.Canonical(addr); err != nil {
		h.sendJSON(w, r, http.StatusBadRequest, notFound{"EmailAddressRequired", "A valid value must be provided for the query parameter 'Email'"})
		return
	}
	protocols := []found{
		{"ActiveSync", h.activeSync()},
		{"AutodiscoverV1", h.o.URL + "/autodiscover/autodiscover.xml"},
	}
	wanted := parameter(r, "Protocol")
	if wanted == "" {
		h.sendJSON(w, r, http.StatusBadRequest, notFound{"MandatoryParameterMissing", "A valid value must be provided for the query parameter 'Protocol'"})
		return
	}
	for _, p := range protocols {
		if strings.EqualFold(p.Protocol, wanted) {
			h.sendJSON(w, r, http.StatusOK, p)
			return
		}
	}
	h.sendJSON(w, r, http.StatusBadRequest, notFound{"InvalidProtocol",
		fmt.Sprintf("The given protocol value '%.64s' is invalid. Supported values are 'ActiveSync,AutodiscoverV1'", wanted)})
}

func (h *Handler) sendJSON(w http.ResponseWriter, r *http.Request, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		h.fault(w, r, "write document", err)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		w.Write(body) // the client may be gone
	}
}
