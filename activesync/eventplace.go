package activesync

import (
	"encoding/json"
	"strings"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/calendar"
)

// placeDetails is the property that keeps what a device says of a place beside its name and position.
const placeDetails = "X-GANNET-PLACE"

// eventPlace is where a component takes place, never nil. RFC 5545, LOCATION and GEO.
func eventPlace(c *calendar.Component) *wire.Place {
	p := &wire.Place{}
	if details := c.Text(placeDetails); details != "" {
		if json.Unmarshal([]byte(details), p) != nil {
			*p = wire.Place{}
		}
	}
	p.Name = c.Location()
	if latitude, longitude, ok := strings.Cut(c.Text("GEO"), ";"); ok {
		p.Latitude, p.Longitude = strings.TrimSpace(latitude), strings.TrimSpace(longitude)
	}
	return p
}

// setPlace sets where a component takes place. What is said by a device that knows of places only the name is another
// place.
func setPlace(c *calendar.Component, p wire.Place) {
	if c.Location() != p.Name {
		c.Remove("LOCATION") // with parameters that were about another place
		c.SetLocation(p.Name)
	}
	c.Remove("GEO")
	if isDegrees(p.Latitude) && isDegrees(p.Longitude) {
		c.Set(calendar.NewProperty("GEO", p.Latitude+";"+p.Longitude))
	}
	p.Name, p.Latitude, p.Longitude = "", "", ""
	c.Remove(placeDetails)
	if p == (wire.Place{}) {
		return
	}
	if details, err := json.Marshal(p); err == nil {
		c.SetText(placeDetails, string(details))
	}
}

// isDegrees reports whether s is a decimal number. RFC 5545, section 3.8.1.6.
func isDegrees(s string) bool {
	whole, fraction, _ := strings.Cut(strings.TrimLeft(s, "+-"), ".")
	digits := whole + fraction
	return whole != "" && len(s) <= 24 && strings.Trim(digits, "0123456789") == ""
}
