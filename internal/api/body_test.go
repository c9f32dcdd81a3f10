package api_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"azureml-dsr/internal/api"
	"azureml-dsr/internal/operator/operatortest"
)

// served returns the address of an API whose bodies may take so long, by TCP.
func served(t *testing.T, most time.Duration) string {
	t.Helper()
	o, _ := operatortest.New(t).Operator(operatortest.Time)
	h := api.NewWithBodyTime(api.Options{
		Operator:  o,
		Validator: newValidator,
		Auth:      api.Auth{Platform: true, TenantID: tenant},
		Now:       func() time.Time { return operatortest.Time },
	}, most)
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

// begin sends an order of which all but the first byte of its body is missing. The number
// makes it somebody else's.
func begin(t *testing.T, address string, number int) net.Conn {
	t.Helper()
	return beginAs(t, address, principalOf(fmt.Sprintf("5c1d2f8e-6a34-4b7e-9d21-%012d", number), tenant, "DSR.Operate"))
}

func beginAs(t *testing.T, address, principal string) net.Conn {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_, err = fmt.Fprintf(conn, "POST /api/requests HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\nX-MS-CLIENT-PRINCIPAL: %s\r\n\r\n{", principal)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

func answerOf(t *testing.T, conn net.Conn) *http.Response {
	t.Helper()
	return nextOf(t, bufio.NewReader(conn))
}

// nextOf reads an answer.
func nextOf(t *testing.T, r *bufio.Reader) *http.Response {
	t.Helper()
	resp, err := http.ReadResponse(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp
}

func TestABodyThatDoesNotComeIsGivenUp(t *testing.T) {
	for name, tt := range map[string]struct {
		role, code string
		status     int
	}{
		"of who may send one":     {"DSR.Operate", "BodyTooSlow", http.StatusRequestTimeout},
		"of who may not send one": {"DSR.Read", "RoleMissing", http.StatusForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			resp := answerOf(t, beginAs(t, served(t, 50*time.Millisecond), principalOf(ada, tenant, tt.role)))
			if resp.StatusCode != tt.status || resp.Header.Get("x-ms-error-code") != tt.code {
				t.Errorf("answered %d %s", resp.StatusCode, resp.Header.Get("x-ms-error-code"))
			}
		})
	}
}

// A deadline that stayed would end the order while it is worked on.
func TestTheTimeOfABodyEndsWithIt(t *testing.T) {
	for name, tt := range map[string]struct {
		role string
		ends bool
	}{
		"one that was read": {"DSR.Operate", true},
		"one that was not":  {"DSR.Read", false},
	} {
		t.Run(name, func(t *testing.T) {
			r := call{method: http.MethodPost, path: "/api/requests", body: exportRequest, header: as(ada, tt.role)}.request()
			w := &timed{ResponseRecorder: httptest.NewRecorder()}
			deployed(t, operatortest.New(t)).ServeHTTP(w, r)
			if len(w.deadlines) == 0 || w.deadlines[0].IsZero() || w.deadlines[len(w.deadlines)-1].IsZero() != tt.ends {
				t.Errorf("deadlines %v", w.deadlines)
			}
		})
	}
}

// timed notes the deadlines of reading.
type timed struct {
	*httptest.ResponseRecorder
	deadlines []time.Time
}

// SetReadDeadline is what http.ResponseController calls.
func (w *timed) SetReadDeadline(at time.Time) error {
	w.deadlines = append(w.deadlines, at)
	return nil
}

// As many bodies as are allowed arrive slowly, and one more is refused. Everything else is
// answered meanwhile.
func TestSlowBodiesKeepNobodyFromBeingAnswered(t *testing.T) {
	address := served(t, time.Minute)
	var late []net.Conn
	for i := range api.MaxBodies {
		late = append(late, begin(t, address, i))
	}

	// The bodies above may still be on their way, so that some more begin until one is refused.
	for i := api.MaxBodies; ; i++ {
		conn := begin(t, address, i)
		late = append(late, conn)
		if isRefused(t, conn) {
			break
		}
	}

	for _, path := range []string{"/api/health", "/api/me"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Ms-Client-Principal", principalOf(bob, tenant, "DSR.Read"))
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Errorf("%s: %d", path, resp.StatusCode)
		}
	}
	for _, conn := range late {
		_ = conn.Close()
	}
	http.DefaultClient.CloseIdleConnections()
}

// isRefused reports whether an order is answered 503 at once.
func isRefused(t *testing.T, conn net.Conn) bool {
	t.Helper()
	_ = conn.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return false
	}
	_ = resp.Body.Close()
	return resp.StatusCode == http.StatusServiceUnavailable
}
