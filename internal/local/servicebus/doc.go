// Package servicebus is a stand-in for Azure Service Bus on a laptop and in
// tests: an AMQP 1.0 server with queues that the real clients speak to by the
// connection string of Microsoft's emulator. It keeps everything in memory and
// does what Service Bus documents, no more. Sessions, transactions, topics,
// deferral and forwarding are refused.
//
// Three layers: package wire knows bytes, package queue knows queues, and this
// one joins them. Each connection has one goroutine that owns all its state
// (conn.go), one that reads frames and one that writes them. A session, a link
// and a node of the protocol have a file each; a performative is a function.
package servicebus
