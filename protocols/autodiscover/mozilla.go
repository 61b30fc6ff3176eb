package autodiscover

import (
	"encoding/xml"
	"net/http"

	"github.com/gannetmail/gannet/store/address"
)

// clientConfig is Mozilla's autoconfig document, version 1.1.
type clientConfig struct {
	XMLName  xml.Name `xml:"clientConfig"`
	Version  string   `xml:"version,attr"`
	Provider struct {
		ID        string `xml:"id,attr"`
		Domain    string `xml:"domain"`
		Name      string `xml:"displayName"`
		ShortName string `xml:"displayShortName"`
		Incoming  []mozillaServer
		Outgoing  []mozillaServer
	} `xml:"emailProvider"`
}

type mozillaServer struct {
	XMLName        xml.Name
	Type           string `xml:"type,attr"`
	Hostname       string `xml:"hostname"`
	Port           int    `xml:"port"`
	SocketType     string `xml:"socketType"`
	Username       string `xml:"username"`
	Authentication string `xml:"authentication"`
}

// serveMozilla answers autoconfig. The program fills in the address itself, so the answer depends on the
// domain only; without a listener to read mail from there is no configuration: 404.
func (h *Handler) serveMozilla(w http.ResponseWriter, r *http.Request) {
	domain := h.o.Hostname
	if asked := parameter(r, "emailaddress"); asked != "" {
		name, err := address.Canonical(asked)
		if err != nil {
			http.Error(w, "emailaddress is not an address", http.StatusBadRequest)
			return
		}
		_, domain, _ = address.Split(name)
	}
	c := clientConfig{Version: "1.1"}
	p := &c.Provider
	p.ID, p.Domain, p.Name, p.ShortName = domain, domain, h.o.Name, h.o.Name
	for _, proto := range []Proto{IMAP, POP3} {
		p.Incoming = append(p.Incoming, h.mozillaServers("incomingServer", proto)...)
	}
	if len(p.Incoming) == 0 {
		http.NotFound(w, r)
		return
	}
	p.Outgoing = h.mozillaServers("outgoingServer", Submission)
	h.sendXML(w, r, "application/xml; charset=utf-8", c)
}

func (h *Handler) mozillaServers(element string, proto Proto) []mozillaServer {
	var list []mozillaServer
	for _, e := range h.endpoints(proto) {
		list = append(list, mozillaServer{
			XMLName: xml.Name{Local: element}, Type: string(proto), Hostname: e.Host, Port: e.Port,
			SocketType: string(e.Security), Username: "%EMAILADDRESS%", Authentication: "password-cleartext",
		})
	}
	return list
}
