package wire

import "math"

// Open announces a connection endpoint (part 2, 2.7.1).
type Open struct {
	ContainerID  string
	Hostname     string
	MaxFrameSize uint32 // bytes; a peer that names none takes any size
	ChannelMax   uint16 // the highest channel number, not the count
	IdleTimeOut  uint32 // milliseconds of silence after which the sender of this closes; 0 is never
}

func parseOpen(f *fields) *Open {
	f.require(0)
	return &Open{
		ContainerID:  f.text(0),
		Hostname:     f.text(1),
		MaxFrameSize: f.uint32(2, math.MaxUint32),
		ChannelMax:   uint16(f.number(3, math.MaxUint16, math.MaxUint16)),
		IdleTimeOut:  f.uint32(4, 0),
	}
}

func (o *Open) appendTo(b []byte) []byte {
	return composite(b, codeOpen, o.ContainerID, nil, o.MaxFrameSize, o.ChannelMax, o.IdleTimeOut)
}

// Begin opens a session on a channel (part 2, 2.7.2).
type Begin struct {
	RemoteChannel  *uint16 // set in an answer: the channel that is answered
	NextOutgoingID uint32
	IncomingWindow uint32 // transfer frames that the sender of this can take
	OutgoingWindow uint32
	HandleMax      uint32
}

func parseBegin(f *fields) *Begin {
	f.require(1)
	return &Begin{
		RemoteChannel:  f.optUint16(0),
		NextOutgoingID: f.uint32(1, 0),
		IncomingWindow: f.uint32(2, 0),
		OutgoingWindow: f.uint32(3, 0),
		HandleMax:      f.uint32(4, math.MaxUint32),
	}
}

func (p *Begin) appendTo(b []byte) []byte {
	return composite(b, codeBegin, p.RemoteChannel, p.NextOutgoingID, p.IncomingWindow, p.OutgoingWindow, p.HandleMax)
}

// End closes a session (part 2, 2.7.8).
type End struct{ Error *Error }

func (p *End) appendTo(b []byte) []byte { return composite(b, codeEnd, p.Error.raw()) }

// Close closes a connection (part 2, 2.7.9).
type Close struct{ Error *Error }

func (p *Close) appendTo(b []byte) []byte { return composite(b, codeClose, p.Error.raw()) }

// Mechanisms lists how a client may authenticate (part 5, 5.3.3.1).
type Mechanisms struct{ Names []Symbol }

func (p *Mechanisms) appendTo(b []byte) []byte { return composite(b, codeMechanisms, p.Names) }

// Init chooses a mechanism (part 5, 5.3.3.2). Its credentials are not read.
type Init struct{ Mechanism string }

func (p *Init) appendTo(b []byte) []byte { return composite(b, codeInit, Symbol(p.Mechanism)) }

// SASLOutcome reports whether the client is let in; code 0 is yes (part 5, 5.3.3.6).
type SASLOutcome struct{ Code uint8 }

func (p *SASLOutcome) appendTo(b []byte) []byte { return composite(b, codeOutcome, p.Code) }
