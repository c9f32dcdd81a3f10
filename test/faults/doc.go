// Package faults breaks the whole app while it works: the real handler under a
// stand-in Functions host, on the real broker and Azurite, with fault injectors
// before Azure ML and storage that kill, refuse and delay. Everything is in its tests;
// `make test` runs them in a short form and `make test-faults` at full length.
package faults
