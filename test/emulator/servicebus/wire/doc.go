// Package wire turns AMQP 1.0 bytes into values, frames, performatives and
// message sections, and back. It does no I/O of its own beyond reading one
// frame, and it holds no policy: who may send what is decided by its callers.
//
// A value that nobody needs to understand stays as its encoded bytes ([Raw]),
// so what a client sent is passed on bit for bit. Everything here accepts untrusted
// bytes: sizes are checked before memory is allocated, and the depth of nesting is
// bounded.
//
// Numbers of types and performatives are those of the OASIS standard AMQP 1.0,
// parts 1 (types), 2 (transport), 3 (messaging) and 5 (security).
package wire
