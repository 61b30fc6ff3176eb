package mail

import (
	"io"
	"strings"
)

// TextToHTML makes an HTML document of plain text, as [Summary.Text] does for a message: line ends become breaks, addresses
// links, lines marked with > quotations. No text is an empty document.
func TextToHTML(text string) string {
	if text == "" {
		return ""
	}
	return htmlHead + readAll(newTextHTML(textSource(text))) + htmlFoot
}

// HTMLToText makes plain text with CRLF line ends of HTML, as [Summary.Text] does for a message.
func HTMLToText(html string) string {
	return strings.TrimRight(readAll(&crlfSource{src: newHTMLText(textSource(html), true)}), "\r\n")
}

// textSource is a source of text with line feeds only. An empty source has no chunk.
func textSource(s string) source {
	s = strings.ReplaceAll(strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n"), "\r", "\n")
	return newReaderSource(strings.NewReader(s), int64(len(s)))
}

// readAll reads a source that cannot fail, since it reads from memory.
func readAll(src source) string {
	var b strings.Builder
	io.Copy(&b, newSourceReader(src))
	return b.String()
}
