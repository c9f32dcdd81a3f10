package callback

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

func TestWhichAddressesArePublic(t *testing.T) {
	for text, want := range map[string]bool{
		"52.1.2.3":               true,
		"8.8.8.8":                true,
		"2606:4700::1111":        true,
		"::ffff:8.8.8.8":         true,
		"127.0.0.1":              false,
		"127.9.9.9":              false,
		"::1":                    false,
		"::ffff:127.0.0.1":       false,
		"0.0.0.0":                false,
		"::":                     false,
		"10.1.2.3":               false,
		"172.16.0.1":             false,
		"172.31.255.255":         false,
		"172.32.0.1":             true,
		"192.168.1.1":            false,
		"100.64.0.1":             false,
		"169.254.169.254":        false,
		"::ffff:169.254.169.254": false,
		"168.63.129.16":          false,
		"168.63.129.17":          true,
		"224.0.0.1":              false,
		"255.255.255.255":        false,
		"192.0.2.1":              false,
		"198.18.0.1":             false,
		"fe80::1":                false,
		"fe80::1%eth0":           false,
		"fd00:ec2::254":          false,
		"fc00::1":                false,
		"ff02::1":                false,
		"64:ff9b::7f00:1":        false, // NAT64 of 127.0.0.1
		"2002:7f00:1::":          false, // 6to4 of it
		"2001::1":                false,
		"2001:db8::1":            false,
		"::7f00:1":               false,
	} {
		if got := public(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s: %t, want %t", text, got, want)
		}
	}
}

// namesLeadTo makes all names of the test lead to an address of IPv4.
func namesLeadTo(t *testing.T, address string) {
	t.Helper()
	before := net.DefaultResolver
	t.Cleanup(func() { net.DefaultResolver = before })
	a := netip.MustParseAddr(address).As4()
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go answerNames(server, a)
		return client, nil
	}}
}

// answerNames answers questions for names, as DNS does over TCP, with an address.
func answerNames(conn net.Conn, a [4]byte) {
	defer conn.Close()
	for {
		var length [2]byte
		if _, err := io.ReadFull(conn, length[:]); err != nil {
			return
		}
		question := make([]byte, binary.BigEndian.Uint16(length[:]))
		if _, err := io.ReadFull(conn, question); err != nil {
			return
		}

		end := 12 // behind the header: the name, its type and class
		for question[end] != 0 {
			end += int(question[end]) + 1
		}
		end += 5
		isA := question[end-3] == 1
		answer := append([]byte{}, question[:end]...)
		answer[2], answer[3] = 0x81, 0x80 // an answer, without an error
		answer[6], answer[7] = 0, 0       // answers
		clear(answer[8:12])               // nothing beside them
		if isA {
			answer[7] = 1
			answer = append(answer, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4) // the name again, A, IN, no time to live, four bytes
			answer = append(answer, a[:]...)
		}
		_, _ = conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...))
	}
}

func TestANameThatLeadsToAPrivateAddressIsNotCalled(t *testing.T) {
	called := false
	receiver := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called = true }))
	defer receiver.Close()
	_, port, err := net.SplitHostPort(strings.TrimPrefix(receiver.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}

	for _, address := range []string{"127.0.0.1", "10.0.0.1", "169.254.169.254", "168.63.129.16", "192.168.0.1"} {
		namesLeadTo(t, address)
		resp, err := NewClient(nil).Get("http://hooks.example.org:" + port + "/")
		if err == nil {
			_ = resp.Body.Close()
		}
		if !errors.Is(err, errNotPublic) {
			t.Errorf("%s: %v, want that it is not called", address, err)
		}
		if got := describe(err); !strings.Contains(got, "not public") || strings.Contains(got, address) {
			t.Errorf("%s: described as %q", address, got)
		}
	}
	if called {
		t.Error("a private address was called")
	}
}

// TestAHostOfThisMachineIsOnlyThisMachine looks at what its names may lead to, and calls one.
func TestAHostOfThisMachineIsOnlyThisMachine(t *testing.T) {
	for _, name := range []string{"localhost", "LOCALHOST.", "127.0.0.1", "::1", "::ffff:127.0.0.1"} {
		for address, want := range map[string]bool{"127.0.0.1": true, "::1": true, "::ffff:127.0.0.1": true, "10.0.0.1": false, "169.254.169.254": false, "8.8.8.8": false} {
			if got := addressesOf(name)(netip.MustParseAddr(address)); got != want {
				t.Errorf("%s at %s: %t", name, address, got)
			}
		}
	}
	if addressesOf("localhost.example.org")(netip.MustParseAddr("127.0.0.1")) {
		t.Error("a name that begins like this machine's is this machine")
	}

	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	defer receiver.Close()
	resp, err := NewClient(nil).Get(receiver.URL)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()

	conn, err := dial(t.Context(), "tcp", "10.0.0.1:80")
	if !errors.Is(err, errNotPublic) {
		t.Errorf("a private address as such: %v, %v", conn, err)
	}
}
