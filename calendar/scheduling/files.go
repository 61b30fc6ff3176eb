package scheduling

import (
	"io"
	"strings"

	"github.com/gannetmail/gannet/calendar"
	"github.com/gannetmail/gannet/mail"
)

// maxFiles bounds, in bytes, what of the files of a message becomes part of the event: with that an event is still one
// that devices are shown. Files beyond that stay in the message.
const maxFiles = 2 << 20

// filesOf takes the files out of an object that is sent, so that they go as parts of the message.
func filesOf(o *calendar.Object, hostname string) []mail.MeetingFile {
	var list []mail.MeetingFile
	for _, f := range o.TakeFiles(hostname) {
		if content, err := f.Content(); err == nil {
			list = append(list, mail.MeetingFile{Name: f.Name, Type: f.Type, ContentID: f.CID, Content: content})
		}
	}
	return list
}

// partFiles finds the files of a message by their Content-ID.
type partFiles struct {
	summary *mail.Summary
	ra      io.ReaderAt
	room    int64 // bytes that may still be taken in
}

func (f *partFiles) find(cid string) (content []byte, name, kind string, ok bool) {
	for _, p := range f.summary.Attachments() {
		if !strings.EqualFold(p.ContentID, cid) || p.DecodedSize > f.room {
			continue
		}
		content, err := io.ReadAll(io.LimitReader(f.summary.OpenPart(f.ra, p), f.room+1))
		if err != nil || int64(len(content)) > f.room {
			return nil, "", "", false
		}
		f.room -= int64(len(content))
		return content, p.DisplayName(), p.MediaType(), true
	}
	return nil, "", "", false
}
