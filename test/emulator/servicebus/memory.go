package servicebus

import "sync/atomic"

const (
	// maxHeld bounds the bytes that the broker keeps for all clients outside its
	// queues: unfinished messages, answers that wait for credit, sessions, links
	// and deliveries to be settled.
	maxHeld = 256 << 20
	// maxHeldByOne bounds them for one connection.
	maxHeldByOne = 32 << 20

	// What some things count for, in bytes; each takes less.
	sessionCost   = 4096
	linkCost      = 8192 // with names of up to maxName
	unsettledCost = 128
)

// bank counts the bytes that all connections hold together. Its zero value holds nothing.
type bank struct{ held atomic.Int64 }

// account is one connection's share of a [bank].
type account struct {
	bank *bank
	held int64
}

// take counts n more bytes and returns true, or false when they are too many.
func (a *account) take(n int) bool {
	if a.held+int64(n) > maxHeldByOne {
		return false
	}
	if a.bank.held.Add(int64(n)) > maxHeld {
		a.bank.held.Add(-int64(n))
		return false
	}
	a.held += int64(n)
	return true
}

// release returns n bytes to the bank.
func (a *account) release(n int) {
	a.held -= int64(n)
	a.bank.held.Add(-int64(n))
}

// close returns everything to the bank.
func (a *account) close() { a.release(int(a.held)) }
