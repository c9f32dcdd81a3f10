// Package faults breaks the whole app while it works: the real handler under a
// stand-in Functions host, on the real broker and Azurite, with proxies before
// Azure ML and storage that kill, refuse and delay. Everything is in its tests;
// `make test` runs a short form of them and `make test-faults` the whole.
package faults
