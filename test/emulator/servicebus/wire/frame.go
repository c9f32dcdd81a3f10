package wire

import (
	"encoding/binary"
	"fmt"
	"io"
)

// Frame types (part 2, 2.3.1 and part 5, 5.3.1).
const (
	FrameAMQP byte = 0
	FrameSASL byte = 1
)

// MinFrameSize is the frame size that every peer must be able to take.
const MinFrameSize = 512

const headerSize = 8

// Frame is a frame as it came. An empty Body is a heartbeat.
type Frame struct {
	Type    byte
	Channel uint16
	Body    []byte
}

// ReadFrame reads one frame of at most limit bytes into *buf, which it replaces
// when it is too small. The frame is valid until *buf is used again.
func ReadFrame(r io.Reader, limit uint32, buf *[]byte) (Frame, error) {
	if len(*buf) < headerSize {
		*buf = make([]byte, MinFrameSize)
	}

	head := (*buf)[:headerSize]
	if _, err := io.ReadFull(r, head); err != nil {
		return Frame{}, err
	}

	typ, channel := head[5], binary.BigEndian.Uint16(head[6:])
	size := binary.BigEndian.Uint32(head)
	start := 4 * uint32(head[4]) // doff counts in words of four bytes
	switch {
	case size > limit:
		return Frame{}, fmt.Errorf("amqp: a frame of %d bytes is above the limit of %d", size, limit)
	case start < headerSize || start > size:
		return Frame{}, fmt.Errorf("amqp: a frame's data offset is out of range")
	}

	if uint32(len(*buf)) < size {
		*buf = make([]byte, size)
	}

	rest := (*buf)[:size-headerSize]
	if _, err := io.ReadFull(r, rest); err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return Frame{}, err
	}

	return Frame{
		Type:    typ,
		Channel: channel,
		Body:    rest[start-headerSize:],
	}, nil
}

// AppendFrame adds a frame with a performative and, for transfers, what
// follows it. A nil performative makes the empty frame that keeps a connection
// alive.
func AppendFrame(b []byte, typ byte, channel uint16, p Performative, payload []byte) []byte {
	start := len(b)
	b = append(b, 0, 0, 0, 0, 2, typ, byte(channel>>8), byte(channel))
	if p != nil {
		b = p.appendTo(b)
	}
	b = append(b, payload...)
	binary.BigEndian.PutUint32(b[start:], uint32(len(b)-start))
	return b
}
