package callback

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

const (
	// answerTime bounds a call, from the look-up of the host's name to the end of the answer.
	answerTime = 10 * time.Second
	// maxAnswer bounds what is read of an answer: its headers, and its body.
	maxAnswer = 64 << 10
)

// errNotPublic means that a host's name leads to an address that may not be called.
var errNotPublic = errors.New("the address is not public")

// NewClient returns the client that calls receivers. It follows no redirect, knows no proxy,
// keeps no connection, and connects to no address that is not public, whatever a name leads
// to. Only a host that is named as this machine may be this machine, and nothing else.
// roots are the authorities that are trusted; nil: the system's.
func NewClient(roots *x509.CertPool) *http.Client {
	return &http.Client{
		Timeout:       answerTime,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext:            dial,
			TLSClientConfig:        &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
			DisableKeepAlives:      true,
			DisableCompression:     true,
			MaxResponseHeaderBytes: maxAnswer,
		},
	}
}

// dial connects to a host and port. Each address that the name leads to is looked at after
// its resolution and right before the connection, so that no second answer of the name
// service can replace it.
func dial(ctx context.Context, network, address string) (net.Conn, error) {
	name, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}

	allowed := addressesOf(name)
	d := net.Dialer{
		Timeout: answerTime,
		Control: func(_, address string, _ syscall.RawConn) error {
			at, err := netip.ParseAddrPort(address)
			if err != nil || !allowed(at.Addr()) {
				return errNotPublic
			}
			return nil
		},
	}

	return d.DialContext(ctx, network, address)
}

// addressesOf returns which addresses may be called by a name.
func addressesOf(name string) func(netip.Addr) bool {
	if isLoopback(plainName(name)) {
		return func(a netip.Addr) bool { return a.Unmap().IsLoopback() }
	}
	return public
}

// What of IPv4 is not public, or is the platform's own although it looks public.
var notPublic4 = prefixes(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
	"192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
	"198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"168.63.129.16/32", // Azure's own agent and name service in each virtual machine
)

// What of IPv6 is public, and what of that is not: addresses that have one of IPv4 in them,
// and those of documents.
var (
	public6    = prefixes("2000::/3")
	notPublic6 = prefixes("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)

func prefixes(texts ...string) []netip.Prefix {
	out := make([]netip.Prefix, 0, len(texts))
	for _, text := range texts {
		out = append(out, netip.MustParsePrefix(text))
	}
	return out
}

// public reports whether an address is one of the public internet.
func public(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	if a.Is4() {
		return !in(notPublic4, a)
	}
	return in(public6, a) && !in(notPublic6, a)
}

func in(list []netip.Prefix, a netip.Addr) bool {
	for _, p := range list {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// describe says in our own words why a call had no answer. The library's texts have the URL
// in them.
func describe(err error) string {
	_, badCertificate := errors.AsType[*tls.CertificateVerificationError](err)
	_, noName := errors.AsType[*net.DNSError](err)
	timeout, isNet := errors.AsType[net.Error](err)
	switch {
	case errors.Is(err, errNotPublic):
		return "its name leads to an address that is not public, so it is not called"
	case badCertificate:
		return "its certificate is not valid"
	case noName:
		return "its name could not be resolved"
	case errors.Is(err, context.DeadlineExceeded), isNet && timeout.Timeout():
		return "it did not answer within 10 seconds"
	default:
		return "the connection to it failed"
	}
}
