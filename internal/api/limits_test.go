package api_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/api"
	"azureml-dsr/internal/operator/operatortest"
)

func TestALongBodyIsRefusedAndNotRead(t *testing.T) {
	for name, known := range map[string]bool{"of known length": true, "of unknown length": false} {
		for _, path := range []string{"/api/requests", "/api/holds"} {
			t.Run(name+" "+path, func(t *testing.T) {
				s := local(t, operatortest.New(t))
				body := &counting{Reader: strings.NewReader(strings.Repeat(" ", 10<<20))}
				r := call{method: http.MethodPost, path: path, header: map[string]string{"Content-Type": "application/json"}}.request()
				r.Body, r.ContentLength = io.NopCloser(body), -1
				if known {
					r.ContentLength = 10 << 20
				}

				w := httptest.NewRecorder()
				s.ServeHTTP(w, r)
				want(t, w, http.StatusRequestEntityTooLarge, "BodyTooLong")
				if body.n > 512<<10 {
					t.Errorf("%d bytes were read", body.n)
				}
			})
		}
	}
}

type counting struct {
	io.Reader
	n int
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += n
	return n, err
}

// Of 1,000 requests in one second from one client a few are answered. Another client does not
// notice.
func TestOneClientCannotTakeTheTimeOfOthers(t *testing.T) {
	for name, refused := range map[string]bool{"signed in": false, "refused": true} {
		t.Run(name, func(t *testing.T) {
			now := operatortest.Time
			s := newSite(t, operatortest.Closed(t), api.Options{
				Auth: api.Auth{Platform: true, TenantID: tenant},
				Now:  func() time.Time { return now },
			})

			header := as(ada, "DSR.Read")
			if refused {
				header = map[string]string{"X-Forwarded-For": "10.0.0.1, 192.0.2.1:4711"}
			}
			limited := 0
			for i := range 1000 {
				now = operatortest.Time.Add(time.Duration(i) * time.Millisecond)
				if refused { // what the client itself puts before the platform's address does not count
					header["X-Forwarded-For"] = "10.0.0." + strconv.Itoa(i%250) + ", 192.0.2.1:" + strconv.Itoa(4000+i)
				}
				w := s.do(call{method: http.MethodGet, path: "/api/me", header: header})
				if w.Code != http.StatusTooManyRequests {
					continue
				}
				limited++
				if after, err := strconv.Atoi(w.Header().Get("Retry-After")); err != nil || after < 1 {
					t.Fatalf("Retry-After %q", w.Header().Get("Retry-After"))
				}
			}
			if limited < 800 || limited > 900 {
				t.Errorf("%d of 1,000 were refused", limited)
			}

			want(t, s.do(call{method: http.MethodGet, path: "/api/me", header: as(bob, "DSR.Read")}), http.StatusOK, "")
			now = now.Add(time.Second)
			if w := s.do(call{method: http.MethodGet, path: "/api/me", header: header}); w.Code == http.StatusTooManyRequests {
				t.Error("it is refused a second later")
			}
		})
	}
}

func TestManyClientsDoNotFillTheMemory(t *testing.T) {
	s := deployed(t, operatortest.New(t))
	for i := range 25_000 {
		w := s.do(call{method: http.MethodGet, path: "/api/x", header: map[string]string{"X-Forwarded-For": "client-" + strconv.Itoa(i)}})
		if w.Code == http.StatusTooManyRequests {
			t.Fatalf("client %d is refused for the others", i)
		}
	}
}

// Requests that wait for something slow do not pile up.
func TestOnlySoManyRequestsAreAnsweredAtOnce(t *testing.T) {
	const most = 64
	entered, release := make(chan struct{}), make(chan struct{})
	s := newSite(t, operatortest.New(t), api.Options{
		Auth: api.Auth{Token: token},
		Dependencies: []api.Dependency{{Name: "slow", Check: func(context.Context) error {
			close(entered)
			<-release
			return nil
		}}},
	})

	// One looks, and the others wait for what it finds, or are refused.
	answers := make(chan int, most+1)
	ask := func(i int) {
		answers <- s.do(call{method: http.MethodGet, path: "/api/health", without: []string{"Authorization"}, header: map[string]string{"X-Forwarded-For": "192.0.2." + strconv.Itoa(i)}}).Code
	}
	go ask(0)
	<-entered
	for i := range most {
		go ask(i + 1)
	}
	if first := <-answers; first != http.StatusServiceUnavailable {
		t.Errorf("the first answer is %d", first)
	}

	close(release)
	for range most {
		if code := <-answers; code != http.StatusOK {
			t.Errorf("answered %d", code)
		}
	}
}
