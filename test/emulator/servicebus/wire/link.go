package wire

// Roles of a link's end (part 2, 2.8.1).
const (
	RoleSender   = false
	RoleReceiver = true
)

// Settlement modes (part 2, 2.8.2 and 2.8.3).
const (
	SenderSettled  = 1 // every delivery is sent settled
	ReceiverSecond = 1 // the receiver settles after the sender has
)

// Attach opens a link (part 2, 2.7.3). Settle modes and ends of the link stay
// encoded: an answer repeats them as they were asked.
type Attach struct {
	Name                 string
	Handle               uint32
	Role                 bool
	SndSettleMode        Raw
	RcvSettleMode        Raw
	Source, Target       Raw
	InitialDeliveryCount *uint32
	MaxMessageSize       uint64 // bytes; 0 is no limit
}

func parseAttach(f *fields) *Attach {
	f.require(0)
	f.require(1)
	f.require(2)
	return &Attach{
		Name:                 f.text(0),
		Handle:               f.uint32(1, 0),
		Role:                 f.boolean(2),
		SndSettleMode:        f.raw(3),
		RcvSettleMode:        f.raw(4),
		Source:               f.raw(5),
		Target:               f.raw(6),
		InitialDeliveryCount: f.optUint32(9),
	}
}

func (p *Attach) appendTo(b []byte) []byte {
	var limit any
	if p.MaxMessageSize > 0 {
		limit = p.MaxMessageSize
	}
	return composite(b, codeAttach, p.Name, p.Handle, p.Role, p.SndSettleMode, p.RcvSettleMode,
		p.Source, p.Target, nil, nil, p.InitialDeliveryCount, limit)
}

// Presettled reports whether the sender settles all it sends.
func (p *Attach) Presettled() bool {
	mode, err := p.SndSettleMode.Int()
	return err == nil && mode == SenderSettled
}

// Detach closes a link (part 2, 2.7.7).
type Detach struct {
	Handle uint32
	Closed bool // the link's state is discarded too
	Error  *Error
}

func parseDetach(f *fields) *Detach {
	f.require(0)
	return &Detach{Handle: f.uint32(0, 0), Closed: f.boolean(1), Error: f.error(2)}
}

func (p *Detach) appendTo(b []byte) []byte {
	return composite(b, codeDetach, p.Handle, p.Closed, p.Error.raw())
}

// Flow carries the windows of a session and, with a handle, the credit of a link
// (part 2, 2.7.4).
type Flow struct {
	NextIncomingID *uint32
	IncomingWindow uint32
	NextOutgoingID uint32
	OutgoingWindow uint32
	Handle         *uint32
	DeliveryCount  *uint32
	LinkCredit     *uint32
	Drain          bool // use the credit now or give it up
	Echo           bool // answer with a flow
}

func parseFlow(f *fields) *Flow {
	return &Flow{
		NextIncomingID: f.optUint32(0),
		IncomingWindow: f.uint32(1, 0),
		NextOutgoingID: f.uint32(2, 0),
		OutgoingWindow: f.uint32(3, 0),
		Handle:         f.optUint32(4),
		DeliveryCount:  f.optUint32(5),
		LinkCredit:     f.optUint32(6),
		Drain:          f.boolean(8),
		Echo:           f.boolean(9),
	}
}

func (p *Flow) appendTo(b []byte) []byte {
	return composite(b, codeFlow, p.NextIncomingID, p.IncomingWindow, p.NextOutgoingID, p.OutgoingWindow,
		p.Handle, p.DeliveryCount, p.LinkCredit, nil, p.Drain, p.Echo)
}
