//go:build pprof

package main

import (
	"net"
	"net/http"
	_ "net/http/pprof" // registers itself with http.DefaultServeMux, which only this serves
	"os"
)

// A build with the tag pprof, which `go run ./test/bench -profile` makes for itself,
// serves profiles on the Unix socket that DSR_PPROF names. No release has it.
func init() {
	socket := os.Getenv("DSR_PPROF")
	if socket == "" {
		return
	}
	l, err := net.Listen("unix", socket)
	if err != nil {
		panic(err)
	}
	go func() { panic(http.Serve(l, nil)) }()
}
