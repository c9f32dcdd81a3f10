//go:build race

package handlers_test

// raced tells that the race detector makes all this eight times as slow.
const raced = true
