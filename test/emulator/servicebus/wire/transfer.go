package wire

// Transfer carries a message or a piece of one (part 2, 2.7.5). Continuations
// may leave delivery id, tag and format out.
type Transfer struct {
	Handle        uint32
	DeliveryID    *uint32
	DeliveryTag   []byte
	MessageFormat *uint32
	Settled       bool
	More          bool // the message goes on in the next transfer of this link
	State         Raw
	Aborted       bool // what came of this message is to be ignored
	Payload       []byte
}

func parseTransfer(f *fields, payload []byte) *Transfer {
	f.require(0)
	return &Transfer{
		Handle:        f.uint32(0, 0),
		DeliveryID:    f.optUint32(1),
		DeliveryTag:   f.bytes(2),
		MessageFormat: f.optUint32(3),
		Settled:       f.boolean(4),
		More:          f.boolean(5),
		State:         f.raw(7),
		Aborted:       f.boolean(9),
		Payload:       payload,
	}
}

func (p *Transfer) appendTo(b []byte) []byte {
	var tag any
	if p.DeliveryTag != nil {
		tag = p.DeliveryTag
	}
	return composite(b, codeTransfer, p.Handle, p.DeliveryID, tag, p.MessageFormat, p.Settled, p.More)
}

// Disposition carries the state of deliveries (part 2, 2.7.6).
type Disposition struct {
	Role    bool // of the end that sends this
	First   uint32
	Last    *uint32 // nil is First
	Settled bool
	State   Raw
}

func parseDisposition(f *fields) *Disposition {
	f.require(0)
	f.require(1)
	return &Disposition{
		Role:    f.boolean(0),
		First:   f.uint32(1, 0),
		Last:    f.optUint32(2),
		Settled: f.boolean(3),
		State:   f.raw(4),
	}
}

func (p *Disposition) appendTo(b []byte) []byte {
	return composite(b, codeDisposition, p.Role, p.First, p.Last, p.Settled, p.State)
}
