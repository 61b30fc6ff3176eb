package asclient

import (
	"context"
	"time"

	"github.com/gannetmail/gannet/wbxml"
)

// Oof is the out-of-office setting of the user. MS-ASCMD, Oof.
type Oof struct {
	State      int       // 0 off, 1 on, 2 from Start to End
	Start, End time.Time // zero: absent
	// Messages by the element that names their audience: wbxml.SettingsAppliesToInternal and so on.
	Messages map[wbxml.Tag]OofMessage
}

// OofMessage is what one audience is told.
type OofMessage struct {
	Enabled bool
	Text    string // empty: absent
	HTML    bool
}

// oofAudiences are the audiences in the order of the schema.
var oofAudiences = []wbxml.Tag{
	wbxml.SettingsAppliesToInternal, wbxml.SettingsAppliesToExternalKnown, wbxml.SettingsAppliesToExternalUnknown,
}

const oofTime = "2006-01-02T15:04:05.000Z"

// Oof reads the setting with its texts as HTML or as plain text.
func (c *Client) Oof(ctx context.Context, html bool) (Oof, error) {
	kind := bodyType(html)
	n, err := c.property(ctx, El(wbxml.SettingsOof, El(wbxml.SettingsGet, El(wbxml.SettingsBodyType, kind))))
	if err != nil {
		return Oof{}, err
	}
	get := n.Find(wbxml.SettingsGet)
	o := Oof{State: get.Int(wbxml.SettingsOofState), Messages: map[wbxml.Tag]OofMessage{}}
	o.Start, _ = time.Parse(oofTime, get.Value(wbxml.SettingsStartTime))
	o.End, _ = time.Parse(oofTime, get.Value(wbxml.SettingsEndTime))
	if (o.State == 2) == (o.Start.IsZero() || o.End.IsZero()) {
		c.violate("Settings: Oof in state %d from %v to %v", o.State, o.Start, o.End)
	}
	messages := get.All(wbxml.SettingsOofMessage)
	for i, m := range messages {
		if i >= len(oofAudiences) || m.Find(oofAudiences[i]) == nil {
			c.violate("Settings: OofMessage %d is for nobody or for somebody else", i)
			continue
		}
		text := OofMessage{Enabled: m.Value(wbxml.SettingsEnabled) == "1", Text: m.Value(wbxml.SettingsReplyMessage), HTML: html}
		if got := m.Value(wbxml.SettingsBodyType); text.Text != "" && got != kind {
			c.violate("Settings: text of type %q where %s was asked for", got, kind)
		}
		o.Messages[oofAudiences[i]] = text
	}
	if len(messages) != len(oofAudiences) {
		c.violate("Settings: %d OofMessages", len(messages))
	}
	return o, nil
}

// SetOof sets the state, with its times if there are any, and the messages that are named; others stay.
func (c *Client) SetOof(ctx context.Context, o Oof) error {
	set := El(wbxml.SettingsSet, El(wbxml.SettingsOofState, o.State))
	if !o.Start.IsZero() {
		set.Children = append(set.Children, El(wbxml.SettingsStartTime, o.Start.UTC().Format(oofTime)))
	}
	if !o.End.IsZero() {
		set.Children = append(set.Children, El(wbxml.SettingsEndTime, o.End.UTC().Format(oofTime)))
	}
	for _, audience := range oofAudiences {
		m, ok := o.Messages[audience]
		if !ok {
			continue
		}
		enabled := 0
		if m.Enabled {
			enabled = 1
		}
		message := El(wbxml.SettingsOofMessage, El(audience), El(wbxml.SettingsEnabled, enabled))
		if m.Text != "" {
			message.Children = append(message.Children, El(wbxml.SettingsReplyMessage, m.Text), El(wbxml.SettingsBodyType, bodyType(m.HTML)))
		}
		set.Children = append(set.Children, message)
	}
	_, err := c.property(ctx, El(wbxml.SettingsOof, set))
	return err
}

func bodyType(html bool) string {
	if html {
		return "HTML"
	}
	return "Text"
}

// Addresses reads the user's own addresses, the primary one first.
func (c *Client) Addresses(ctx context.Context) ([]string, error) {
	n, err := c.property(ctx, El(wbxml.SettingsUserInformation, El(wbxml.SettingsGet)))
	if err != nil {
		return nil, err
	}
	path := []wbxml.Tag{wbxml.SettingsGet}
	if c.AtLeast("14.1") {
		path = append(path, wbxml.SettingsAccounts, wbxml.SettingsAccount)
	}
	list := n.Find(append(path, wbxml.SettingsEmailAddresses)...)
	var all []string
	for _, a := range list.All(wbxml.SettingsSMTPAddress) {
		all = append(all, a.Text)
	}
	if primary := list.Value(wbxml.SettingsPrimarySmtpAddress); c.AtLeast("14.1") && (len(all) == 0 || all[0] != primary) {
		c.violate("Settings: primary address %q beside %v", primary, all)
	}
	return all, nil
}

// Describe tells what the device is, which from 14.1 on [Client.Provision] does too.
func (c *Client) Describe(ctx context.Context) error {
	_, err := c.property(ctx, c.deviceInformation())
	return err
}

// property exchanges one property. Its error is the Status of the command or of the property.
func (c *Client) property(ctx context.Context, p *Node) (*Node, error) {
	answer, err := c.Do(ctx, "Settings", El(wbxml.SettingsSettings, p))
	if err != nil {
		return nil, err
	}
	if err := check("Settings", answer, wbxml.SettingsStatus); err != nil {
		return nil, err
	}
	n := answer.Find(p.Tag)
	return n, check("Settings", n, wbxml.SettingsStatus)
}
