package customhandler

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
)

// portVariable is the environment variable in which the host sets the handler's port.
const portVariable = "FUNCTIONS_CUSTOMHANDLER_PORT"

// ListenAddr returns the address on which the host expects the handler: 127.0.0.1, since
// the host calls IPv4 only, and the port in FUNCTIONS_CUSTOMHANDLER_PORT. It returns an
// error when the variable is missing or is not a port, as it is when no host has started
// the program.
func ListenAddr() (string, error) {
	port := os.Getenv(portVariable)
	if port == "" {
		return "", errors.New(portVariable + " is not set: the Functions host sets it when it starts the handler")
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return "", fmt.Errorf("%s is %q, which is no port", portVariable, port)
	}
	return net.JoinHostPort("127.0.0.1", port), nil
}
