package customhandler

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
)

// portVariable is how the host tells the handler its port.
const portVariable = "FUNCTIONS_CUSTOMHANDLER_PORT"

// ListenAddr is where the host expects the handler: 127.0.0.1 and the port in
// FUNCTIONS_CUSTOMHANDLER_PORT. The host calls IPv4 only. It fails when the
// variable is missing or no port, as when the program wasn't started by a host.
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
