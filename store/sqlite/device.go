package sqlite

import (
	"strings"

	"github.com/gannetmail/gannet/store"
)

const deviceColumns = `id, type, model, os, os_language, friendly_name, imei, phone, operator, user_agent, protocol,
	policy_key, pending_key, policy_hash, access, wipe, created, seen, address`

func (r *reader) scanDevice(row *rows) store.Device {
	return store.Device{
		Account: r.acct, ID: row.text(), Type: row.text(), Model: row.text(), OS: row.text(), OSLanguage: row.text(),
		FriendlyName: row.text(), IMEI: row.text(), Phone: row.text(), Operator: row.text(), UserAgent: row.text(), Protocol: row.text(),
		PolicyKey: uint32(row.int()), PendingKey: uint32(row.int()), PolicyHash: row.text(),
		Access: store.Access(row.int()), Wipe: store.Wipe(row.int()), Created: row.time(), Seen: row.time(), Address: row.text(),
	}
}

// Devices implements [store.Reader].
func (r *reader) Devices() (list []store.Device, err error) {
	err = r.c.all(func(row *rows) { list = append(list, r.scanDevice(row)) },
		"SELECT "+deviceColumns+" FROM device WHERE account = ? ORDER BY seen DESC, id", r.acct)
	return list, err
}

// Device implements [store.Reader].
func (r *reader) Device(id string) (d store.Device, err error) {
	found, err := r.c.one(func(row *rows) { d = r.scanDevice(row) },
		"SELECT "+deviceColumns+" FROM device WHERE account = ? AND id = ?", r.acct, id)
	if err == nil && !found {
		err = notFound("device %q", id)
	}
	return d, err
}

// State implements [store.Reader].
func (r *reader) State(device, key string) (value []byte, err error) {
	found, err := r.c.one(func(row *rows) { value = row.blob() },
		"SELECT value FROM device_state WHERE account = ? AND device = ? AND key = ?", r.acct, device, key)
	if err == nil && !found {
		err = notFound("state %q of device %q", key, device)
	}
	return value, err
}

// StateKeys implements [store.Reader].
func (r *reader) StateKeys(device, prefix string) (list []string, err error) {
	row, err := r.c.query("SELECT key FROM device_state WHERE account = ? AND device = ? AND key >= ? ORDER BY key", r.acct, device, prefix)
	if err != nil {
		return nil, err
	}
	for row.next() {
		key := row.text()
		if !strings.HasPrefix(key, prefix) {
			break
		}
		list = append(list, key)
	}
	return list, row.close()
}

// PutDevice implements [store.Tx]. A zero Created is now for a new device, and stays for a known one.
func (t *tx) PutDevice(d store.Device) error {
	if err := t.mine(); err != nil {
		return err
	}
	if d.ID == "" || len(d.ID) > 255 {
		return invalid("device id %.32q", d.ID)
	}
	if d.Created.IsZero() {
		ms, err := t.c.number("SELECT created FROM device WHERE account = ? AND id = ?", t.acct, d.ID)
		if err != nil {
			return err
		}
		if d.Created = fromMillis(ms); ms == 0 {
			d.Created = t.s.now()
		}
	}
	return t.c.exec(`INSERT INTO device (account, `+deviceColumns+`)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (account, id) DO UPDATE SET type = excluded.type, model = excluded.model, os = excluded.os,
			os_language = excluded.os_language, friendly_name = excluded.friendly_name, imei = excluded.imei,
			phone = excluded.phone, operator = excluded.operator, user_agent = excluded.user_agent,
			protocol = excluded.protocol, policy_key = excluded.policy_key, pending_key = excluded.pending_key,
			policy_hash = excluded.policy_hash, access = excluded.access, wipe = excluded.wipe,
			created = excluded.created, seen = excluded.seen, address = excluded.address`,
		t.acct, d.ID, d.Type, d.Model, d.OS, d.OSLanguage, d.FriendlyName, d.IMEI, d.Phone, d.Operator, d.UserAgent, d.Protocol,
		d.PolicyKey, d.PendingKey, d.PolicyHash, int64(d.Access), int64(d.Wipe), d.Created, d.Seen, d.Address)
}

// RemoveDevice implements [store.Tx].
func (t *tx) RemoveDevice(id string) error {
	if err := t.c.exec("DELETE FROM device_state WHERE account = ? AND device = ?", t.acct, id); err != nil {
		return err
	}
	n, err := t.c.change("DELETE FROM device WHERE account = ? AND id = ?", t.acct, id)
	if err == nil && n == 0 {
		err = notFound("device %q", id)
	}
	return err
}

// PutState implements [store.Tx].
func (t *tx) PutState(device, key string, value []byte) error {
	if key == "" || len(key) > 255 {
		return invalid("state key %.32q", key)
	}
	known, err := t.c.exists("SELECT 1 FROM device WHERE account = ? AND id = ?", t.acct, device)
	if err != nil {
		return err
	}
	if !known {
		return notFound("device %q", device)
	}
	if value == nil {
		return t.c.exec("DELETE FROM device_state WHERE account = ? AND device = ? AND key = ?", t.acct, device, key)
	}
	t.wrote(len(value))
	return t.c.exec(`INSERT INTO device_state (account, device, key, value) VALUES (?1, ?2, ?3, ?4)
		ON CONFLICT (account, device, key) DO UPDATE SET value = ?4`, t.acct, device, key, value)
}
