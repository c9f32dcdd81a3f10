// Package queue is a message queue as Azure Service Bus describes one: locks
// that run out, a delivery count, a dead-letter queue, time to live, messages
// for later or set aside, detection of duplicates, and forwarding. It knows no
// protocol and no socket.
//
// A message is in one of four states:
//
//	scheduled ──its time──► active ──Receive──► locked ──Complete──► gone
//	                          ▲ │                │ │ ▲
//	                          │ └──TTL──►┐       │ │ └─ReceiveDeferred─┐
//	                          │          ▼       │ └──Defer──► deferred┘
//	                          │   dead-letter    │
//	                          │   queue, or gone ◄──DeadLetter, last delivery
//	                          └──Abandon, Release, lock expiry (once deferred: to deferred)
//
// All that happens by itself hangs on one timer a queue, set for the next
// message that is due; each call also looks at the clock first, so a late timer
// is never noticed.
package queue
