package mail

import (
	"path"
	"strings"
)

// fileTypes pairs extensions with media types: for files that came without a type (uuencode, TNEF), and for parts
// without a name. The first row with a type names its extension.
var fileTypes = []struct{ ext, typ string }{
	{".txt", "text/plain"},
	{".htm", "text/html"},
	{".html", "text/html"},
	{".ics", "text/calendar"},
	{".vcf", "text/vcard"},
	{".vcf", "text/x-vcard"},
	{".csv", "text/csv"},
	{".xml", "text/xml"},
	{".css", "text/css"},
	{".jpg", "image/jpeg"},
	{".jpeg", "image/jpeg"},
	{".png", "image/png"},
	{".gif", "image/gif"},
	{".bmp", "image/bmp"},
	{".tif", "image/tiff"},
	{".tiff", "image/tiff"},
	{".webp", "image/webp"},
	{".svg", "image/svg+xml"},
	{".heic", "image/heic"},
	{".mp3", "audio/mpeg"},
	{".wav", "audio/wav"},
	{".wav", "audio/x-wav"},
	{".ogg", "audio/ogg"},
	{".m4a", "audio/mp4"},
	{".mp4", "video/mp4"},
	{".mpg", "video/mpeg"},
	{".mov", "video/quicktime"},
	{".avi", "video/x-msvideo"},
	{".pdf", "application/pdf"},
	{".zip", "application/zip"},
	{".gz", "application/gzip"},
	{".rtf", "application/rtf"},
	{".json", "application/json"},
	{".p7m", "application/pkcs7-mime"},
	{".p7s", "application/pkcs7-signature"},
	{".asc", "application/pgp-signature"},
	{".doc", "application/msword"},
	{".docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
	{".xls", "application/vnd.ms-excel"},
	{".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
	{".ppt", "application/vnd.ms-powerpoint"},
	{".pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"},
	{".odt", "application/vnd.oasis.opendocument.text"},
	{".eml", "message/rfc822"},
}

// typeOfName guesses a media type by a file's name. Text and messages are not guessed: a guessed type must not make
// a file part of the shown text.
func typeOfName(name string) (typ, subtype string) {
	ext := strings.ToLower(path.Ext(name))
	for _, f := range fileTypes {
		if f.ext != ext {
			continue
		}
		typ, subtype, _ = strings.Cut(f.typ, "/")
		if typ == "message" || typ == "text" && subtype != "calendar" && subtype != "vcard" {
			break
		}
		return typ, subtype
	}
	return "application", "octet-stream"
}

// extensionOf is the usual extension of a media type, or empty.
func extensionOf(typ, subtype string) string {
	for _, f := range fileTypes {
		t, s, _ := strings.Cut(f.typ, "/")
		if t == typ && s == subtype {
			return f.ext
		}
	}
	return ""
}
