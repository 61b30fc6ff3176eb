package calendar

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"time"
)

// Layout of Exchange's name for a meeting. MS-ASEMAIL, GlobalObjId; MS-OXOCAL, PidLidGlobalObjectId.
const (
	globalDate   = 16 // year, high byte first, month, day of the occurrence; zero: the series
	globalCount  = 36 // length of the data, little-endian
	globalData   = 40
	vcalHead     = 12 // "vCal-Uid" and 1, little-endian
	vcalOverhead = vcalHead + 1
)

// globalClass begins every name.
var globalClass = []byte{0x04, 0x00, 0x00, 0x00, 0x82, 0x00, 0xE0, 0x00, 0x74, 0xC5, 0xB7, 0x10, 0x1A, 0x82, 0xE0, 0x08}

// vcalMark begins the data of a name that was made of a UID.
var vcalMark = []byte("vCal-Uid\x01\x00\x00\x00")

// GlobalID returns Exchange's name for the event with a UID. occurrence is the day on which an occurrence of a series
// was to start, in the zone of the series; zero: the series, or a single event.
func GlobalID(uid string, occurrence time.Time) []byte {
	id := outlookID(uid)
	if id == nil {
		id = make([]byte, globalData, globalData+vcalOverhead+len(uid))
		copy(id, globalClass)
		binary.LittleEndian.PutUint32(id[globalCount:], uint32(vcalOverhead+len(uid)))
		id = append(append(append(id, vcalMark...), uid...), 0)
	}
	clear(id[globalDate : globalDate+4])
	if !occurrence.IsZero() {
		binary.BigEndian.PutUint16(id[globalDate:], uint16(occurrence.Year()))
		id[globalDate+2], id[globalDate+3] = byte(occurrence.Month()), byte(occurrence.Day())
	}
	return id
}

// outlookID returns the name that a UID writes out in hexadecimal digits; nil: it does not.
func outlookID(uid string) []byte {
	id, err := hex.DecodeString(uid)
	if err != nil || len(id) < globalData || !bytes.HasPrefix(id, globalClass) {
		return nil
	}
	return id
}

// ParseGlobalID returns the UID of the event that id names, and the day of its occurrence, zero if it names none.
// It reports false for what is no such name.
func ParseGlobalID(id []byte) (uid string, occurrence time.Time, ok bool) {
	if len(id) < globalData || !bytes.HasPrefix(id, globalClass) {
		return "", time.Time{}, false
	}
	if d := id[globalDate : globalDate+4]; !bytes.Equal(d, make([]byte, 4)) {
		occurrence = time.Date(int(binary.BigEndian.Uint16(d)), time.Month(d[2]), int(d[3]), 0, 0, 0, 0, time.UTC)
	}
	data := id[globalData:]
	count := int64(binary.LittleEndian.Uint32(id[globalCount:]))
	if bytes.HasPrefix(data, vcalMark[:len("vCal-Uid")]) && count >= vcalOverhead && count <= int64(len(data)) {
		return string(data[vcalHead : count-1]), occurrence, true
	}
	plain := bytes.Clone(id)
	clear(plain[globalDate : globalDate+4])
	return strings.ToUpper(hex.EncodeToString(plain)), occurrence, true
}
