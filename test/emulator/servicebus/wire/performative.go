package wire

import "fmt"

// Descriptors of performatives (part 2, 2.7 and part 5, 5.3.3).
const (
	codeOpen        = 0x10
	codeBegin       = 0x11
	codeAttach      = 0x12
	codeFlow        = 0x13
	codeTransfer    = 0x14
	codeDisposition = 0x15
	codeDetach      = 0x16
	codeEnd         = 0x17
	codeClose       = 0x18
	codeMechanisms  = 0x40
	codeInit        = 0x41
	codeOutcome     = 0x44
)

// Performative is the body of a frame: one of the pointer types below
// ([Open], [Begin], [Attach], [Flow], [Transfer], [Disposition], [Detach],
// [End], [Close], [Mechanisms], [Init], [SASLOutcome]).
type Performative interface{ appendTo(b []byte) []byte }

// ParseBody decodes a frame's body. A [Transfer] keeps its payload in memory
// shared with b.
func ParseBody(b []byte) (Performative, error) {
	raw, payload, err := Next(b)
	if err != nil {
		return nil, fmt.Errorf("reading a performative: %w", err)
	}
	d, err := raw.Described()
	if err != nil {
		return nil, fmt.Errorf("reading a performative: %w", err)
	}
	list, err := d.Value.List()
	if err != nil {
		return nil, fmt.Errorf("reading performative %#x: %w", d.Code, err)
	}

	f := &fields{list: list}
	p := parse(d.Code, f, payload)
	if p == nil {
		return nil, fmt.Errorf("amqp: %#x is no performative", d.Code)
	}
	if f.err != nil {
		return nil, fmt.Errorf("reading performative %#x: %w", d.Code, f.err)
	}

	return p, nil
}

func parse(code uint64, f *fields, payload []byte) Performative {
	switch code {
	case codeOpen:
		return parseOpen(f)
	case codeBegin:
		return parseBegin(f)
	case codeAttach:
		return parseAttach(f)
	case codeFlow:
		return parseFlow(f)
	case codeTransfer:
		return parseTransfer(f, payload)
	case codeDisposition:
		return parseDisposition(f)
	case codeDetach:
		return parseDetach(f)
	case codeEnd:
		return &End{Error: f.error(0)}
	case codeClose:
		return &Close{Error: f.error(0)}
	case codeInit:
		return &Init{Mechanism: f.text(0)}
	}
	return nil
}
