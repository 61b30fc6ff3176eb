package autodiscover

import (
	"encoding/xml"
	"fmt"

	"github.com/gannetmail/gannet/store"
)

// outlookResponse is the answer of schema outlook/2006a. MS-OXDSCLI, Response.
type outlookResponse struct {
	XMLName xml.Name `xml:"http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a Response"`
	User    struct{ DisplayName string }
	Account struct {
		AccountType string
		Action      string
		Protocol    []outlookProtocol
	}
}

type outlookProtocol struct {
	Type           string
	TTL            int // hours
	Server         string
	Port           int
	DomainRequired string
	LoginName      string
	SPA            string
	SSL            string
	Encryption     string
	AuthRequired   string
	UsePOPAuth     string `xml:",omitempty"`
	SMTPLast       string `xml:",omitempty"`
}

// outlook lists IMAP, POP3 and submission, the preferred listener of each. Without a way to read mail
// there is nothing to tell.
func (h *Handler) outlook(acct store.Account) (any, error) {
	if len(h.endpoints(IMAP))+len(h.endpoints(POP3)) == 0 {
		return nil, fmt.Errorf("no IMAP, no POP3: %w", errSchema)
	}
	o := &outlookResponse{}
	o.User.DisplayName = displayName(acct)
	o.Account.AccountType, o.Account.Action = "email", "settings"
	for _, kind := range []struct {
		proto Proto
		name  string
	}{{IMAP, "IMAP"}, {POP3, "POP3"}, {Submission, "SMTP"}} {
		list := h.endpoints(kind.proto)
		if len(list) == 0 {
			continue
		}
		p := outlookProtocol{
			Type: kind.name, TTL: 1, Server: list[0].Host, Port: list[0].Port, DomainRequired: "off", LoginName: acct.Name,
			SPA: "off", SSL: "on", Encryption: "TLS", AuthRequired: "on",
		}
		if list[0].Security == ImplicitTLS {
			p.Encryption = "SSL"
		}
		if kind.proto == Submission {
			p.UsePOPAuth, p.SMTPLast = "off", "off"
		}
		o.Account.Protocol = append(o.Account.Protocol, p)
	}
	return o, nil
}
