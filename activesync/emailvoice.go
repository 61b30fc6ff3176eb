package activesync

import (
	"strconv"
	"strings"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/mail"
)

// isVoice reports whether a class is that of a recorded or missed call. MS-ASEMAIL, UmCallerID.
func isVoice(class string) bool {
	class = strings.ToUpper(class)
	for _, prefix := range []string{"IPM.NOTE.MICROSOFT.VOICEMAIL", "IPM.NOTE.RPMSG.MICROSOFT.VOICEMAIL", "IPM.NOTE.MICROSOFT.MISSED.VOICE"} {
		if strings.HasPrefix(class, prefix) {
			return true
		}
	}
	return false
}

// maxCaller bounds the number of a caller.
const maxCaller = 1024

// voice fills in what the header of a voice mail says of the call: who called, how long the newest recording is, in which
// order they came. No header has the user's notes on it. MS-OXOUM, X-CallingTelephoneNumber, X-VoiceMessageDuration,
// X-AttachmentOrder.
func (b *bodySource) voice(m *rendered) error {
	if !isVoice(m.MessageClass) {
		return nil
	}
	blob, err := b.open()
	if err != nil {
		return err
	}
	fields, err := b.summary.HeaderFields(blob)
	if err != nil {
		return err
	}
	value := func(name string) string {
		for _, f := range fields {
			if f.Name == name {
				return f.Value
			}
		}
		return ""
	}
	m.CallerID = firstBytes(value("x-callingtelephonenumber"), maxCaller)
	seconds, _ := strconv.Atoi(value("x-voicemessageduration"))
	orderRecordings(m.Attachments, b.summary.Attachments(), value("x-attachmentorder"), seconds)
	return nil
}

// orderRecordings numbers the recordings among the files of a voice mail: as the header says, which names them from the
// oldest on, else as they stand. The duration is that of the newest.
func orderRecordings(files []wire.Attachment, parts []*mail.Part, order string, seconds int) {
	var oldest []string
	for name := range strings.SplitSeq(order, ";") {
		if name = strings.TrimSpace(name); name != "" {
			oldest = append(oldest, name)
		}
	}
	oldest = oldest[max(len(oldest)-len(files), 0):] // more names than files name none
	next := 1
	for i := len(oldest) - 1; i >= 0; i-- {
		for k := range files {
			if files[k].Order == 0 && parts[k].Type == "audio" && strings.EqualFold(files[k].Name, oldest[i]) {
				files[k].Order, next = next, next+1
			}
		}
	}
	for k := range files {
		if files[k].Order == 0 && parts[k].Type == "audio" {
			files[k].Order, next = next, next+1
		}
		if files[k].Order == 1 {
			files[k].Duration = max(seconds, 0)
		}
	}
}
