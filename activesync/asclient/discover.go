package asclient

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

const (
	mobileRequest  = "http://schemas.microsoft.com/exchange/autodiscover/mobilesync/requestschema/2006"
	mobileResponse = "http://schemas.microsoft.com/exchange/autodiscover/mobilesync/responseschema/2006"
	maxDiscovery   = 1 << 20
)

// Discovered is what autodiscovery tells a phone.
type Discovered struct {
	URL     string // of the ActiveSync service
	Address string // the account's primary address
	Name    string // its display name
}

// Discover asks the server at base ("https://mail.example.test") where an account's ActiveSync service is,
// as a phone does that was given an address and a password. MS-OXDISCO; MS-ASCMD, Autodiscover.
func Discover(ctx context.Context, client *http.Client, base, addr, password string) (*Discovered, error) {
	body := `<?xml version="1.0" encoding="utf-8"?><Autodiscover xmlns="` + mobileRequest + `"><Request><EMailAddress>` +
		escape(addr) + `</EMailAddress><AcceptableResponseSchema>` + mobileResponse +
		`</AcceptableResponseSchema></Request></Autodiscover>`
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/autodiscover/autodiscover.xml", bytes.NewReader([]byte(body)))
	if err != nil {
		return nil, err
	}
	req.SetBasicAuth(addr, password)
	req.Header.Set("Content-Type", "text/xml")
	var doc struct {
		Response struct {
			User struct {
				DisplayName  string
				EMailAddress string
			}
			Action struct {
				Settings struct {
					Server []struct{ Type, Url string }
				}
				Error struct{ Status, Message string }
			}
		}
	}
	if err := get(client, req, func(r io.Reader) error { return xml.NewDecoder(r).Decode(&doc) }); err != nil {
		return nil, fmt.Errorf("autodiscover: %w", err)
	}
	for _, s := range doc.Response.Action.Settings.Server {
		if s.Type == "MobileSync" {
			user := doc.Response.User
			return &Discovered{URL: s.Url, Address: user.EMailAddress, Name: user.DisplayName}, nil
		}
	}
	return nil, fmt.Errorf("autodiscover: no MobileSync server: %+v", doc.Response.Action.Error)
}

// DiscoverJSON asks the second version of autodiscovery, which needs no password.
func DiscoverJSON(ctx context.Context, client *http.Client, base, addr string) (string, error) {
	u := base + "/autodiscover/autodiscover.json?Email=" + url.QueryEscape(addr) + "&Protocol=ActiveSync"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u, nil)
	if err != nil {
		return "", err
	}
	var doc struct{ Protocol, Url string }
	if err := get(client, req, func(r io.Reader) error { return json.NewDecoder(r).Decode(&doc) }); err != nil {
		return "", fmt.Errorf("autodiscover: %w", err)
	}
	return doc.Url, nil
}

func get(client *http.Client, req *http.Request, read func(io.Reader) error) error {
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return httpError("autodiscover", resp)
	}
	return read(io.LimitReader(resp.Body, maxDiscovery))
}

func escape(s string) string {
	var b bytes.Buffer
	xml.EscapeText(&b, []byte(s))
	return b.String()
}
