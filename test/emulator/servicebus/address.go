package servicebus

import (
	"net/url"
	"strings"
)

const (
	cbsNode        = "$cbs"
	managementNode = "/$management"
	deadLetterNode = "/$deadletterqueue"
)

// address is a node of the broker: `$cbs`, or a queue or its dead-letter queue,
// or the management node of either. Names are in lower case.
type address struct {
	cbs        bool
	queue      string
	deadLetter bool
	management bool
}

// parseAddress reads the address of a link or the audience of a token:
// QUEUE[/$DeadLetterQueue][/$management], alone or behind scheme and host.
func parseAddress(s string) address {
	if _, rest, ok := strings.Cut(s, "://"); ok {
		_, s, _ = strings.Cut(rest, "/")
		if path, err := url.PathUnescape(s); err == nil {
			s = path
		}
	}

	s = strings.ToLower(strings.Trim(s, "/"))
	if s == cbsNode {
		return address{cbs: true}
	}

	var a address
	s, a.management = strings.CutSuffix(s, managementNode)
	s, a.deadLetter = strings.CutSuffix(s, deadLetterNode)
	a.queue = s

	return a
}

// entity is the name of the queue or dead-letter queue, in lower case.
func (a address) entity() string {
	if a.deadLetter {
		return a.queue + deadLetterNode
	}
	return a.queue
}
