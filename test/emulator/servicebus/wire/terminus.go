package wire

import "fmt"

// Descriptors of link ends (part 3, 3.5.3 and 3.5.4; part 4, 4.5.1).
const (
	codeSource      = 0x28
	codeTarget      = 0x29
	codeCoordinator = 0x30
)

// Terminus is one end of a link, as far as a broker asks.
type Terminus struct {
	Address     string
	Dynamic     bool // the broker shall make up the address
	Coordinator bool // the link is for transactions
	Filter      Map  // of a source
}

// ParseTerminus decodes a source or target; null is the zero Terminus.
func ParseTerminus(raw Raw) (Terminus, error) {
	if raw.IsNull() {
		return Terminus{}, nil
	}
	d, err := raw.Described()
	if err != nil {
		return Terminus{}, fmt.Errorf("reading a link's end: %w", err)
	}
	if d.Code == codeCoordinator {
		return Terminus{Coordinator: true}, nil
	}

	list, err := d.Value.List()
	if err != nil {
		return Terminus{}, fmt.Errorf("reading a link's end: %w", err)
	}

	f := &fields{list: list}
	t := Terminus{Address: f.text(0), Dynamic: f.boolean(4)}
	switch d.Code {
	case codeSource:
		t.Filter, err = f.raw(7).Map()
	case codeTarget:
	default:
		err = ErrType
	}
	if f.err != nil || err != nil {
		return Terminus{}, fmt.Errorf("reading a link's end: %w", ErrType)
	}

	return t, nil
}
