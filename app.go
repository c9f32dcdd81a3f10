// Package azuremldsr holds the files that make the app: what the Functions host
// reads, the queues, and the schema of a request. They are embedded, so that
// the one binary can package itself and start its own stack anywhere.
package azuremldsr

import (
	"embed"
	"io/fs"
)

// HostJSON is host.json, the Functions host's settings of the app.
//
//go:embed host.json
var HostJSON string

// QueuesJSON describes the queues, in the format of Microsoft's Service Bus
// emulator.
//
//go:embed deploy/servicebus.config.json
var QueuesJSON string

// RequestSchema is the JSON schema of a request message.
//
//go:embed docs/schema/request.v1.json
var RequestSchema string

//go:embed functions/*/function.json
var functions embed.FS

// Functions has a folder for each function with its function.json, as the
// Functions host wants them beside host.json.
func Functions() fs.FS {
	sub, err := fs.Sub(functions, "functions")
	if err != nil {
		panic(err) // the name is a constant and valid
	}
	return sub
}

//go:embed infra/roles/*.json
var roles embed.FS

// Roles has the custom roles that the worker's identity is granted, a file each.
func Roles() fs.FS {
	sub, err := fs.Sub(roles, "infra/roles")
	if err != nil {
		panic(err) // the name is a constant and valid
	}
	return sub
}
