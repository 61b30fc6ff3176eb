package activesync

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// Bounds of a request line.
const (
	maxQuery    = 8 << 10
	maxDeviceID = 255 // bytes; the grammar says 32, devices send more
	maxValue    = 1 << 10
)

// Query is what the request line says: which command, by whom, from which device. MS-ASHTTP, Request line.
type Query struct {
	Command    string  // as sent; see Code
	Code       uint8   // of the command, when ByCode
	ByCode     bool    // the base64 form names the command by its code
	Version    Version // 0 in the plain form, which has a header for it; not always [Version.Known]
	User       string  // login as typed; not to be trusted over the credentials
	DeviceID   string  // 1 to 255 bytes; empty: missing
	DeviceType string  // empty: missing
	PolicyKey  uint32  // base64 form only
	HasKey     bool    // PolicyKey was there
	Locale     uint16  // LCID of the base64 form; 0: none

	CollectionID, ItemID, LongID, Occurrence string // SmartReply and SmartForward up to 12.1
	Attachment                               string // AttachmentName of GetAttachment
	SaveInSent                               bool   // SendMail, SmartReply, SmartForward
	MultiPart                                bool   // ItemOperations answers in parts
}

// Why a request line is refused.
var (
	errQueryLong   = errors.New("request line too long")
	errQueryShort  = errors.New("base64 request line ends early")
	errQueryForm   = errors.New("neither the plain nor the base64 form")
	errPolicyKey   = errors.New("policy key of neither 0 nor 4 bytes")
	errDeviceLong  = errors.New("device id too long")
	errParamLength = errors.New("parameter too long")
)

// ParseQuery reads what follows the question mark of the request line, raw, in either form. Missing
// parameters are left empty, unknown ones are passed over; the error says why nothing could be read.
func ParseQuery(raw string) (Query, error) {
	if len(raw) > maxQuery {
		return Query{}, errQueryLong
	}
	if q, ok, err := parsePlain(raw); ok {
		return q, err
	}
	return parseBase64(raw)
}

// parsePlain reads the plain form, in any order and with names in any case. It reports false if there is
// no Cmd.
func parsePlain(raw string) (q Query, ok bool, err error) {
	for pair := range strings.SplitSeq(raw, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if name, err = url.QueryUnescape(name); err != nil {
			continue
		}
		if text, err := url.QueryUnescape(value); err == nil {
			value = text
		}
		if len(value) > maxValue {
			return q, ok, errParamLength
		}
		ok = q.setPlain(strings.ToLower(name), value) || ok
	}
	if len(q.DeviceID) > maxDeviceID {
		return q, ok, errDeviceLong
	}
	return q, ok, nil
}

// setPlain takes one parameter, its name in lower case, and reports whether it is Cmd.
func (q *Query) setPlain(name, value string) bool {
	switch name {
	case "cmd":
		q.Command = value
		return true
	case "user":
		q.User = value
	case "deviceid":
		q.DeviceID = deviceID([]byte(value))
	case "devicetype":
		q.DeviceType = value
	case "collectionid":
		q.CollectionID = value
	case "itemid":
		q.ItemID = value
	case "longid":
		q.LongID = value
	case "occurrence":
		q.Occurrence = value
	case "attachmentname":
		q.Attachment = value
	case "saveinsent":
		q.SaveInSent = isTrue(value)
	}
	return false
}

// isTrue reads the ways in which clients say yes: T by the grammar, 1 and true by habit.
func isTrue(s string) bool {
	switch strings.ToUpper(s) {
	case "T", "1", "TRUE":
		return true
	}
	return false
}

// Tags of the parameters of the base64 form, and bits of its Options. MS-ASHTTP, Command parameters.
const (
	paramAttachmentName = 0
	paramCollectionID   = 1
	paramItemID         = 3
	paramLongID         = 4
	paramOccurrence     = 6
	paramOptions        = 7
	paramUser           = 8

	optionSaveInSent      = 0x01
	optionAcceptMultiPart = 0x02
)

// parseBase64 reads the base64 form, as mangled as it may have arrived.
func parseBase64(raw string) (Query, error) {
	data, err := decodeQuery(raw)
	if err != nil {
		return Query{}, err
	}
	f := fields{rest: data}
	q := Query{ByCode: true, Version: Version(f.byte()), Code: f.byte(), Locale: f.uint16()}
	q.DeviceID = deviceID(f.counted())
	switch key := f.counted(); len(key) {
	case 0:
	case 4:
		q.PolicyKey, q.HasKey = binary.LittleEndian.Uint32(key), true
	default:
		return q, errPolicyKey
	}
	q.DeviceType = string(f.counted())
	for len(f.rest) > 0 && f.err == nil {
		tag := f.byte()
		q.setParam(tag, f.counted())
	}
	if f.err == nil && len(q.DeviceID) > maxDeviceID {
		f.err = errDeviceLong
	}
	return q, f.err
}

// setParam takes one parameter of the base64 form.
func (q *Query) setParam(tag byte, value []byte) {
	switch tag {
	case paramAttachmentName:
		q.Attachment = string(value)
	case paramCollectionID:
		q.CollectionID = string(value)
	case paramItemID:
		q.ItemID = string(value)
	case paramLongID:
		q.LongID = string(value)
	case paramOccurrence:
		q.Occurrence = string(value)
	case paramOptions:
		if len(value) > 0 {
			q.SaveInSent = value[0]&optionSaveInSent != 0
			q.MultiPart = value[0]&optionAcceptMultiPart != 0
		}
	case paramUser:
		q.User = string(value)
	}
}

// decodeQuery undoes base64 in either alphabet, with or without padding, percent-encoded or with blanks for
// plus signs, and refuses what then does not begin with a version.
func decodeQuery(raw string) ([]byte, error) {
	if text, err := url.PathUnescape(raw); err == nil { // unlike QueryUnescape it leaves plus signs alone
		raw = text
	}
	raw = strings.TrimRight(strings.TrimSuffix(raw, "&"), "=")
	data, err := base64.RawStdEncoding.DecodeString(toStandard.Replace(raw))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errQueryForm, err)
	}
	if len(data) == 0 || !plausible(Version(data[0])) {
		return nil, errQueryForm
	}
	return data, nil
}

var toStandard = strings.NewReplacer(" ", "+", "-", "+", "_", "/")

// plausible reports whether a first byte stands for a version, perhaps one that is not known here.
func plausible(v Version) bool { return v.Known() || v >= 10 && v <= 30 || v >= 120 && v <= 190 }

// deviceID is the name of a device: printable ASCII as sent, anything else in lower-case hex.
func deviceID(raw []byte) string {
	for _, c := range raw {
		if c <= ' ' || c > '~' {
			return hex.EncodeToString(raw)
		}
	}
	return string(raw)
}

// fields reads the fixed layout of the base64 form; the first error sticks.
type fields struct {
	rest []byte
	err  error
}

func (f *fields) take(n int) []byte {
	if len(f.rest) < n {
		f.err, f.rest = errQueryShort, nil
	}
	if f.err != nil {
		return make([]byte, n)
	}
	out := f.rest[:n]
	f.rest = f.rest[n:]
	return out
}

func (f *fields) byte() byte      { return f.take(1)[0] }
func (f *fields) uint16() uint16  { return binary.LittleEndian.Uint16(f.take(2)) }
func (f *fields) counted() []byte { return f.take(int(f.byte())) }

// policyKey reads X-MS-PolicyKey, which is decimal; what cannot be read counts as a key that is not ours.
func policyKey(header string) (key uint32, ok bool) {
	header = strings.TrimSpace(header)
	if header == "" {
		return 0, false
	}
	n, err := strconv.ParseUint(header, 10, 32)
	if err != nil {
		return 1<<32 - 1, true
	}
	return uint32(n), true
}
