package mail

import "io"

// OpenPart streams the content of a part with its transfer encoding removed; broken encodings give what can be made
// out. The content of a multipart or of an embedded message is its bytes as they are. ra is the stored message.
func (s *Summary) OpenPart(ra io.ReaderAt, p *Part) io.Reader {
	return newSourceReader(openSource(ra, p))
}

// RawPart streams the content of a part as it was sent, with its transfer encoding.
func (s *Summary) RawPart(ra io.ReaderAt, p *Part) io.Reader {
	return newSourceReader(rawSource(ra, p, p.Body))
}

// rawSource streams a range of what p's offsets count in: the message, or the decoded content of another part.
func rawSource(ra io.ReaderAt, p *Part, span Span) source {
	if p.within == nil {
		return newReaderSource(io.NewSectionReader(ra, span.Offset, span.Length), span.Length)
	}
	return &section{src: openSource(ra, p.within), skip: span.Offset, length: span.Length}
}

func openSource(ra io.ReaderAt, p *Part) source {
	raw := rawSource(ra, p, p.Body)
	if p.Type == "multipart" || p.Message != nil && p.Encoding == "" {
		return raw
	}
	t, _ := transferOf(p.Encoding)
	return newDecoder(t, raw)
}
