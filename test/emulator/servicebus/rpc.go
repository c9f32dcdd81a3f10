package servicebus

import (
	"azureml-dsr/test/emulator/servicebus/wire"
)

// maxReplies bounds how many answers wait for a client's credit.
const maxReplies = 1000

// reply is the answer to a request.
type reply struct {
	code        int32
	description string
	condition   wire.Symbol // of an error
	body        wire.Map
}

// rpc answers the requests that a client sends to a node ($cbs or $management).
type rpc struct {
	c     *conn
	node  address
	serve func(operation string, request *wire.Message, properties wire.Map) reply
}

// receive answers a request. The answer goes to the link on the same connection
// that receives from the same node and whose target or name is the reply-to.
func (r *rpc) receive(format uint32, b []byte) *wire.Error {
	request, err := wire.ParseMessage(b)
	if err != nil || format != formatMessage {
		return fault(condDecode, "the request can't be understood")
	}
	properties, err := request.ApplicationProperties()
	if err != nil {
		return fault(condDecode, "the request can't be understood")
	}
	link := r.c.replyLink(r.node, request.ReplyTo())
	if link == nil {
		return fault(condNotFound, "no link receives at the reply-to address")
	}

	operation, err := properties.Get("operation").Text()
	if err != nil {
		return fault(condDecode, "the request names no operation")
	}

	answer := r.answer(operation, &request, properties)
	if r.c.broken == nil && !link.source.(*mailbox).put(r.message(&request, answer)) {
		return fault(condResourceLimit, "too many answers wait for credit")
	}

	link.pump()

	return nil
}

// answer carries out a request unless a fault prevents it.
func (r *rpc) answer(operation string, request *wire.Message, properties wire.Map) reply {
	if r.node.cbs {
		return r.serve(operation, request, properties)
	}
	t := r.c.trouble(Managing, r.node)
	if t.drop {
		return reply{}
	}
	if t.busy {
		return reply{code: 503, description: busy().Description, condition: condServerBusy}
	}

	a := r.serve(operation, request, properties)

	if t.lose {
		r.c.drop()
	}

	return a
}

// message encodes an answer. Azure spells the properties differently on $cbs and on
// $management. The status is an int, as the Go client requires.
func (r *rpc) message(request *wire.Message, a reply) []byte {
	code, description := "statusCode", "statusDescription"
	if r.node.cbs {
		code, description = "status-code", "status-description"
	}

	p := wire.Map(nil).Set(code, a.code).Set(description, a.description)
	if a.condition != "" {
		p = p.Set("errorCondition", a.condition)
	}

	m := &wire.Message{}
	m.SetCorrelationID(request.MessageID())
	m.SetApplicationProperties(p)
	m.SetValue(a.body)

	return m.Append(nil)
}

func (c *conn) replyLink(node address, replyTo string) *outbound {
	for _, s := range c.sessions {
		for _, l := range s.links {
			o, ok := l.(*outbound)
			if !ok || o.at != node {
				continue
			}
			if box, ok := o.source.(*mailbox); ok && box.answersTo(replyTo) {
				return o
			}
		}
	}
	return nil
}

// mailbox holds answers until the client takes them.
type mailbox struct {
	held         *account
	name, target string
	waiting      [][]byte
	sent         uint64
}

var _ source = (*mailbox)(nil)

func newMailbox(held *account, name, target string) *mailbox {
	return &mailbox{held: held, name: name, target: target}
}

func (m *mailbox) answersTo(address string) bool {
	return address != "" && (address == m.target || address == m.name)
}

func (m *mailbox) put(b []byte) bool {
	if len(m.waiting) >= maxReplies || !m.held.take(len(b)) {
		return false
	}
	m.waiting = append(m.waiting, b)
	return true
}

func (m *mailbox) next() (outgoing, bool) {
	if len(m.waiting) == 0 {
		return outgoing{}, false
	}
	b := m.waiting[0]
	m.waiting = m.waiting[1:]
	m.held.release(len(b))
	m.sent++
	tag := make([]byte, 16)
	for i := range 8 {
		tag[15-i] = byte(m.sent >> (8 * i))
	}
	return outgoing{tag: tag, payload: b, settled: true}, true
}

func (m *mailbox) close() {
	for _, b := range m.waiting {
		m.held.release(len(b))
	}
	m.waiting = nil
}
