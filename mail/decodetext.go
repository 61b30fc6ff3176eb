package mail

// DecodeText decodes the value of an unstructured header field as it was sent: unfolds it and decodes its encoded words,
// RFC 2047. Bytes above 127 outside of them are read as UTF-8 where they are, else in charset, which may be empty.
func DecodeText(raw []byte, charset string) string { return decodeText(raw, charset) }
