// Package servicebus is a stand-in for Azure Service Bus on a laptop and in
// tests: an AMQP 1.0 server with queues that the real clients speak to by the
// connection string of Microsoft's emulator. It keeps everything in memory and
// does what Service Bus documents, no more. Sessions, transactions and topics are
// refused with amqp:not-implemented.
//
// Three layers: package wire knows bytes, package queue knows queues, and this
// one joins them. Each connection has a goroutine that reads and answers, and
// one that attends to what comes by itself; they take turns at its state
// (conn.go). A session, a link and a node of the protocol have a file each; a
// performative is a function.
//
// Tests can move its clock ([Server.Advance]) and have it misbehave
// ([Server.Inject]).
package servicebus
