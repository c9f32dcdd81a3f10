// Package queue is a message queue as Azure Service Bus describes one: locks
// that run out, a delivery count, a dead-letter queue, time to live, messages
// for later and detection of duplicates. It knows no protocol and no socket.
//
// A message is in one of three states:
//
//	scheduled ──its time──► active ──Receive──► locked ──Complete──► gone
//	                          ▲ │                 │ │
//	                          │ └──TTL──►┐        │ └──DeadLetter, last delivery──► dead-letter queue
//	                          │          ▼        │
//	                          │   dead-letter     └──Abandon, Release, lock expiry─┐
//	                          │   queue, or gone                                   │
//	                          └────────────────────────────────────────────────────┘
//
// The clock is package time's. All that happens by itself hangs on one timer a
// queue, set for the next message that is due; each call also looks at the
// clock first, so a late timer is never noticed.
package queue
