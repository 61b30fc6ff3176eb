package mail

import (
	"bytes"
	"io"
	"strings"
)

// enrichedSource turns text/enriched (RFC 1896) and text/richtext (RFC 1341) into plain text: commands go, "<<" is a
// less-than sign, parameters are dropped, single line ends are blanks and n line ends are n-1.
type enrichedSource struct {
	src    source
	out    []byte
	name   []byte // of the command being read
	state  enrichedState
	param  int // depth of <param>
	noFill int
	ends   int // line ends met
}

type enrichedState uint8

const (
	enrichedText enrichedState = iota
	enrichedOpen
	enrichedCommand
)

func newEnrichedText(src source) *enrichedSource { return &enrichedSource{src: src} }

func (e *enrichedSource) next() ([]byte, error) {
	for {
		in, err := e.src.next()
		e.out = e.out[:0]
		if err != nil {
			if err == io.EOF && e.ends > 0 {
				e.ends = 0
				return []byte("\n"), nil
			}
			return nil, err
		}
		for _, c := range in {
			e.take(c)
		}
		if len(e.out) > 0 {
			return e.out, nil
		}
	}
}

func (e *enrichedSource) take(c byte) {
	switch e.state {
	case enrichedOpen:
		if c == '<' {
			e.state = enrichedText
			e.put('<')
			return
		}
		e.state = enrichedCommand
		e.name = e.name[:0]
		fallthrough
	case enrichedCommand:
		if c == '>' {
			e.state = enrichedText
			e.command(strings.ToLower(string(bytes.TrimSpace(e.name))))
		} else if len(e.name) < 64 {
			e.name = append(e.name, c)
		}
	default:
		if c == '<' {
			e.state = enrichedOpen
			return
		}
		e.put(c)
	}
}

// put writes a character of text with the line ends that were met before it.
func (e *enrichedSource) put(c byte) {
	if e.param > 0 {
		return
	}
	if c == '\n' && e.noFill == 0 {
		e.ends++
		return
	}
	switch {
	case e.ends == 1:
		e.out = append(e.out, ' ')
	case e.ends > 1:
		e.out = append(e.out, bytes.Repeat([]byte{'\n'}, min(e.ends-1, 4))...)
	}
	e.ends = 0
	e.out = append(e.out, c)
}

func (e *enrichedSource) command(name string) {
	switch name {
	case "param":
		e.param++
	case "/param":
		e.param = max(e.param-1, 0)
	case "nofill":
		e.noFill++
	case "/nofill":
		e.noFill = max(e.noFill-1, 0)
	case "nl", "paragraph", "/paragraph", "np":
		if e.param == 0 {
			e.out = append(e.out, '\n')
			e.ends = 0
		}
	case "lt":
		e.put('<')
	}
}
