// Package callback tells receivers of what changes in a request. The records of the request
// decide what is owed, each change is recorded once, and a message for each change and
// receiver is delivered at least once. A request never waits for its receivers.
package callback

import (
	"encoding/json"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// httpsPort is the port of a URL that names none.
const httpsPort = "443"

// Hosts are those that may be told of anything. None: callbacks are switched off.
type Hosts []host

// host is a host of the list.
type host struct {
	name string // in lower case; an address without brackets
	port string // "": 443, or any of a loopback host
}

// ParseHosts reads hosts with commas between them, or a JSON array of them: names or
// addresses, each with or without a port.
func ParseHosts(text string) (Hosts, error) {
	items := strings.Split(text, ",")
	if strings.HasPrefix(text, "[") && json.Valid([]byte(text)) {
		items = nil
		if err := json.Unmarshal([]byte(text), &items); err != nil {
			return nil, errors.New("want a list of texts")
		}
	}

	var hosts Hosts
	for _, item := range items {
		h, err := parseHost(strings.TrimSpace(item))
		if err != nil {
			return nil, err
		}
		hosts = append(hosts, h)
	}

	return hosts, nil
}

func parseHost(text string) (host, error) {
	u, err := url.Parse("https://" + text)
	if err != nil || u.Host != text || u.Hostname() == "" || strings.ContainsAny(text, "*%") {
		return host{}, errors.New("want names of hosts such as hooks.example.org or hooks.example.org:8443, without scheme, path or wildcard")
	}
	return host{name: plainName(u.Hostname()), port: u.Port()}, nil
}

// plainName returns a host's name in the one form in which it is compared.
func plainName(name string) string { return strings.TrimSuffix(strings.ToLower(name), ".") }

// isLoopback reports whether a name or address is of this machine.
func isLoopback(name string) bool {
	if name == "localhost" {
		return true
	}
	address, err := netip.ParseAddr(name)
	return err == nil && address.Unmap().IsLoopback()
}

// AnyLoopback reports whether a host is this machine.
func (h Hosts) AnyLoopback() bool {
	return slices.ContainsFunc(h, func(x host) bool { return isLoopback(x.name) })
}

// allow reports whether a host and port are on the list.
func (h Hosts) allow(name, port string) bool {
	return slices.ContainsFunc(h, func(x host) bool {
		if x.name != name {
			return false
		}
		return x.port == port || (x.port == "" && (port == httpsPort || isLoopback(name)))
	})
}

// maxURL bounds a URL, in bytes.
const maxURL = 2000

// check returns the URL of a callback, or what is wrong with it in words for its sender.
func (h Hosts) check(text string) (*url.URL, error) {
	if len(h) == 0 {
		return nil, errors.New("callbacks are switched off here; leave them out, or have the operator name the host in CALLBACK_HOSTS")
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Opaque != "" || len(text) > maxURL || !plainPort(u.Port()) {
		return nil, errors.New("want an absolute URL like https://hooks.example.org/dsr, of 2000 bytes at most")
	}

	name := plainName(u.Hostname())
	switch {
	case u.User != nil:
		return nil, errors.New("want a URL without user and password; the receiver knows us by our signature")
	case strings.Contains(text, "#"):
		return nil, errors.New("want a URL without a fragment")
	case u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(name)):
		return nil, errors.New("want https")
	case !h.allow(name, portOf(u)):
		return nil, errors.New("its host and port are not among those that may be called; have the operator add them to CALLBACK_HOSTS")
	}

	return u, nil
}

// plainPort reports whether a port is a number, or none.
func plainPort(port string) bool {
	if port == "" {
		return true
	}
	n, err := strconv.ParseUint(port, 10, 16)
	return err == nil && n > 0 && strconv.FormatUint(n, 10) == port
}

func portOf(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "http":
		return "80"
	default:
		return httpsPort
	}
}

// hostPort returns the host and port that a URL is asked of.
func hostPort(u *url.URL) string { return net.JoinHostPort(plainName(u.Hostname()), portOf(u)) }
