package mail

import (
	"encoding/binary"
	"fmt"
)

// UnmarshalSummary reads what AppendBinary wrote. Any bytes are safe to give: what is no summary is ErrSummary. The
// summary's strings share one copy of data.
func UnmarshalSummary(data []byte) (*Summary, error) {
	s, d, err := unmarshalHead(data)
	if err != nil {
		return nil, err
	}
	d.tree(s)
	if d.bad || d.pos != len(d.s) {
		return nil, fmt.Errorf("%w: damaged at byte %d", ErrSummary, d.pos)
	}
	assignIDs(s.Root, "")
	return s, nil
}

// UnmarshalHead reads a summary without its tree of parts, for listings that need the envelope, the preview and the
// flags only: Root is nil, and the methods that look at parts must not be called.
func UnmarshalHead(data []byte) (*Summary, error) {
	s, _, err := unmarshalHead(data)
	return s, err
}

func unmarshalHead(data []byte) (*Summary, *summaryDecoder, error) {
	if len(data) == 0 || data[0] != summaryVersion {
		return nil, nil, ErrSummary
	}
	d := &summaryDecoder{s: string(data), b: data, pos: 1}
	s := &Summary{}
	d.head(s)
	if d.bad {
		return nil, nil, fmt.Errorf("%w: damaged at byte %d", ErrSummary, d.pos)
	}
	return s, d, nil
}

// summaryDecoder reads the fields of a summary. The first thing wrong sets bad; what is read after that is empty.
type summaryDecoder struct {
	s   string // a copy of b, of which strings are slices
	b   []byte
	pos int
	bad bool

	parts  []Part  // room for the parts still to come
	refs   []*Part // room for their lists
	params []Param // room for parameters
}

func (d *summaryDecoder) fail() {
	d.bad = true
	d.pos = len(d.s)
}

func (d *summaryDecoder) uint() uint64 {
	if d.pos < len(d.b) && d.b[d.pos] < 0x80 {
		d.pos++
		return uint64(d.b[d.pos-1])
	}
	n, size := binary.Uvarint(d.b[d.pos:])
	if size <= 0 {
		d.fail()
		return 0
	}
	d.pos += size
	return n
}

func (d *summaryDecoder) int() int64 {
	u := d.uint()
	return int64(u>>1) ^ -int64(u&1)
}

// size reads a number that must not be negative as a signed one.
func (d *summaryDecoder) size() int64 {
	n := int64(d.uint())
	if n < 0 {
		d.fail()
		return 0
	}
	return n
}

func (d *summaryDecoder) byte() byte {
	if d.pos >= len(d.b) {
		d.fail()
		return 0
	}
	d.pos++
	return d.b[d.pos-1]
}

// bytes cuts the next n bytes.
func (d *summaryDecoder) bytes(n uint64) string {
	if n > uint64(len(d.s)-d.pos) {
		d.fail()
		return ""
	}
	s := d.s[d.pos : d.pos+int(n)]
	d.pos += int(n)
	return s
}

func (d *summaryDecoder) str() string { return d.bytes(d.uint()) }

func (d *summaryDecoder) word() string {
	n := d.uint()
	if n >= codecWordsMax {
		return d.bytes(n - codecWordsMax)
	}
	if n >= uint64(len(codecWords)) {
		d.fail()
		return ""
	}
	return codecWords[n]
}

// count reads the length of a list whose elements take at least size bytes each.
func (d *summaryDecoder) count(size int) int {
	n := d.uint()
	if n > uint64((len(d.s)-d.pos)/size) {
		d.fail()
		return 0
	}
	return int(n)
}

func (d *summaryDecoder) strs() []string {
	n := d.count(1)
	if n == 0 {
		return nil
	}
	list := make([]string, n)
	for i := range list {
		list[i] = d.str()
	}
	return list
}

func (d *summaryDecoder) paramList() []Param {
	n := d.count(2)
	if n == 0 {
		return nil
	}
	if n > len(d.params) {
		d.params = make([]Param, max(n, 8))
	}
	list := d.params[:n:n]
	d.params = d.params[n:]
	for i := range list {
		list[i] = Param{d.word(), d.word()}
	}
	return list
}

func (d *summaryDecoder) addresses() []Address {
	n := d.count(2)
	if n == 0 {
		return nil
	}
	list := make([]Address, n)
	for i := range list {
		kind := d.byte()
		a := Address{Kind: AddressKind(kind & 3), Name: d.str()}
		if a.Kind > GroupEnd || kind > 7 {
			d.fail()
			return nil
		}
		if kind&4 != 0 {
			a.RawName = d.str()
		}
		if a.Kind == Mailbox {
			a.Local, a.Domain = d.str(), d.str()
		}
		list[i] = a
	}
	return list
}

func (d *summaryDecoder) head(s *Summary) {
	s.Size, s.Lines = d.size(), d.size()
	s.Flags = Flags(d.uint())
	s.Importance = Importance(d.int())
	s.ReceivedCount = int(d.size())
	d.envelope(&s.Envelope)
	s.Preview = d.str()
	for _, v := range []*string{&s.ListID, &s.AutoSubmitted, &s.Precedence, &s.ContentClass, &s.ThreadTopic, &s.ThreadIndex,
		&s.Report.Type, &s.Report.Action} {
		*v = d.str()
	}
	s.ReceiptTo = d.addresses()
	if n := d.count(2); n > 0 {
		s.Defects = make([]Defect, n)
		for i := range s.Defects {
			s.Defects[i] = Defect{DefectKind(d.uint()), d.size()}
		}
	}
}

func (d *summaryDecoder) envelope(v *Envelope) {
	if d.uint() != 0 {
		sec, minutes := d.int(), d.int()
		if minutes <= -24*60 || minutes >= 24*60 {
			d.fail()
			return
		}
		v.Date = unixTime(sec, minutes)
	}
	v.RawDate, v.Subject, v.RawSubject = d.str(), d.str(), d.str()
	for _, list := range []*[]Address{&v.From, &v.Sender, &v.ReplyTo, &v.To, &v.Cc, &v.Bcc} {
		*list = d.addresses()
	}
	v.InReplyTo = d.strs()
	v.MessageID = d.str()
	v.References = d.strs()
}

// partBytes is the least that an encoded part takes.
const partBytes = 13

func (d *summaryDecoder) tree(s *Summary) {
	n := d.count(partBytes)
	if d.bad || n == 0 {
		return
	}
	d.parts = make([]Part, n)
	d.refs = make([]*Part, n)
	d.params = make([]Param, 3*n)
	s.Root = d.part(nil, 0)
	if len(d.parts) != 0 {
		d.fail()
	}
}

// codecDepthMax bounds the nesting of what is read: levels, embedded messages and files inside.
const codecDepthMax = 3*MaxDepth + 10

func (d *summaryDecoder) part(within *Part, depth int) *Part {
	if len(d.parts) == 0 || depth > codecDepthMax {
		d.fail()
		return &Part{}
	}
	p := &d.parts[0]
	d.parts = d.parts[1:]
	p.within = within
	bits := d.byte()
	p.Inline = bits&partInline != 0
	p.Header = Span{d.size(), d.size()}
	p.Body.Offset = p.Header.End() + d.int()
	p.Body.Length = d.size()
	p.Lines = d.size()
	p.DecodedSize = p.Body.Length + d.int()
	if p.Header.End() < 0 || p.Body.Offset < 0 || p.Body.End() < 0 || p.DecodedSize < 0 {
		d.fail()
	}
	p.Type, p.Subtype, p.Encoding, p.Disposition = d.word(), d.word(), d.word(), d.word()
	p.Params, p.DispositionParams = d.paramList(), d.paramList()
	if bits&partWireParams != 0 {
		p.WireParams = d.paramList()
	}
	if bits&partWireDisposition != 0 {
		p.WireDispositionParams = d.paramList()
	}
	if bits&partMore != 0 {
		for _, v := range []*string{&p.ContentID, &p.Location, &p.Description, &p.MD5, &p.Method, &p.PartStat} {
			*v = d.word()
		}
		p.Language = d.strs()
	}
	d.inner(p, bits, depth)
	return p
}

func (d *summaryDecoder) inner(p *Part, bits byte, depth int) {
	if bits&partChildren != 0 {
		p.Children = d.partList(p.within, depth)
	}
	if bits&partMessage != 0 {
		within := p.within
		if bits&partInnerDecoded != 0 {
			within = p
		}
		p.Message = &Message{}
		d.envelope(&p.Message.Envelope)
		p.Message.Root = d.part(within, depth+1)
	}
	if bits&partVirtual != 0 {
		p.Virtual = d.partList(p, depth)
	}
}

func (d *summaryDecoder) partList(within *Part, depth int) []*Part {
	n := d.count(partBytes)
	if n > len(d.refs) {
		d.fail()
	}
	if d.bad || n == 0 {
		return nil
	}
	list := d.refs[:n:n]
	d.refs = d.refs[n:]
	for i := range list {
		list[i] = d.part(within, depth+1)
	}
	return list
}
