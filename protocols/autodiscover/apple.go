package autodiscover

import (
	"bytes"
	"crypto/sha256"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gannetmail/gannet/store/address"
)

// serveApple answers a configuration profile with one Exchange account. Apple, Device
// Management: ExchangeActiveSync.
func (h *Handler) serveApple(w http.ResponseWriter, r *http.Request) {
	name, err := address.Canonical(parameter(r, "email"))
	if err != nil {
		http.Error(w, "say whose profile: ?email=name@domain", http.StatusBadRequest)
		return
	}
	profile, err := h.appleProfile(name)
	if err != nil {
		h.fault(w, r, "make profile", err)
		return
	}
	w.Header().Set("Content-Disposition", `attachment; filename="`+h.o.Hostname+`.mobileconfig"`)
	h.send(w, r, "application/x-apple-aspen-config", profile)
}

func (h *Handler) appleProfile(name string) ([]byte, error) {
	u, err := url.Parse(h.o.URL)
	if err != nil {
		return nil, fmt.Errorf("external address: %w", err)
	}
	profile := stableUUID(h.o.Hostname, name, "profile")
	id := reversed(h.o.Hostname) + "." + strings.ToLower(profile) // each account has its own
	var p plist
	p.open("dict")
	p.key("PayloadContent").open("array").open("dict")
	p.text("PayloadType", "com.apple.eas.account")
	p.integer("PayloadVersion", 1)
	p.text("PayloadIdentifier", id+".exchange")
	p.text("PayloadUUID", stableUUID(h.o.Hostname, name, "exchange"))
	p.text("PayloadDisplayName", h.o.Name)
	p.text("Host", u.Host)
	p.key("SSL").empty("true")
	p.text("EmailAddress", name)
	p.text("UserName", name)
	p.close("dict").close("array")
	p.text("PayloadType", "Configuration")
	p.integer("PayloadVersion", 1)
	p.text("PayloadIdentifier", id)
	p.text("PayloadUUID", profile)
	p.text("PayloadDisplayName", h.o.Name)
	p.text("PayloadDescription", "Mail of "+name)
	p.text("PayloadOrganization", h.o.Name)
	p.key("PayloadRemovalDisallowed").empty("false")
	p.close("dict")
	return p.document(), nil
}

// plist writes an XML property list.
type plist struct {
	b     bytes.Buffer
	depth int
}

func (p *plist) line(s string) *plist {
	fmt.Fprintf(&p.b, "%s%s\n", strings.Repeat("  ", p.depth), s)
	return p
}

func (p *plist) open(element string) *plist {
	p.line("<" + element + ">")
	p.depth++
	return p
}

func (p *plist) close(element string) *plist {
	p.depth--
	return p.line("</" + element + ">")
}

func (p *plist) empty(element string) *plist { return p.line("<" + element + "/>") }

func (p *plist) key(name string) *plist { return p.line("<key>" + name + "</key>") }

func (p *plist) text(key, value string) {
	var escaped bytes.Buffer
	xml.EscapeText(&escaped, []byte(value)) // a Buffer takes everything
	p.key(key).line("<string>" + escaped.String() + "</string>")
}

func (p *plist) integer(key string, value int) {
	p.key(key).line(fmt.Sprintf("<integer>%d</integer>", value))
}

func (p *plist) document() []byte {
	const head = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
`
	return []byte(head + p.b.String() + "</plist>\n")
}

// stableUUID names a payload: installing the profile again replaces the old one. RFC 9562, version 8.
func stableUUID(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	b := sum[:16]
	b[6] = b[6]&0x0f | 0x80
	b[8] = b[8]&0x3f | 0x80
	return strings.ToUpper(fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:]))
}

// reversed returns a host name as identifiers have it, "test.example.mail".
func reversed(host string) string {
	labels := strings.Split(host, ".")
	slices.Reverse(labels)
	return strings.Join(labels, ".")
}
