package main

import (
	"net"
	"testing"
)

func TestASocketToAnAddressIsFound(t *testing.T) {
	const table = "  sl  local_address rem_address   st\n" +
		"   0: 0100007F:1F90 00000000:0000 0A\n" +
		"   1: 0A00000A:D431 010200C0:01BB 02\n"
	if !dialled(table, net.ParseIP("192.0.2.1")) {
		t.Error("the socket to 192.0.2.1 is not found")
	}
	for _, ip := range []string{"192.0.2.2", "127.0.0.1"} { // the latter is a local end
		if dialled(table, net.ParseIP(ip)) {
			t.Errorf("a socket to %s is found", ip)
		}
	}
}
