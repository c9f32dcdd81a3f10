package azureml

import (
	"context"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/upstream/upstreamtest"
)

func TestHowLongADeletionMayRun(t *testing.T) {
	now := time.Date(2026, 11, 29, 10, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"PT1H":                    time.Hour,
		"PT90M":                   90 * time.Minute,
		"PT1H30M":                 90 * time.Minute,
		"P1D":                     24 * time.Hour,
		"P1DT1S":                  24*time.Hour + time.Second,
		"PT0.5S":                  0,
		"PT30.5S":                 30 * time.Second,
		"":                        0,
		"P":                       0,
		"PT":                      0,
		"PT-1H":                   0,
		"1:00:00":                 0,
		"P1M":                     0,
		"soon":                    0,
		"PT99999999999999999999H": 0,
	} {
		h := http.Header{}
		h.Set(operationTimeout, text)
		end := operationEnd(h, now)
		if (want == 0) != end.IsZero() || (want > 0 && !end.Equal(now.Add(want))) {
			t.Errorf("%q: %s", text, end)
		}
	}
}

// An operation that says for ever that it runs is polled until the time that the service
// has named, also by invocations that go on with its token.
func TestAnOperationThatOutlivesItsTimeIsNotPolledOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		transport, at := script(
			answer{202, header("Azure-AsyncOperation", armURL, "X-Ms-Async-Operation-Timeout", "PT1H"), ""},
			answer{200, header("Retry-After", "60"), inWork},
		)
		c := newClient(t, transport)
		token := began(t, c)
		var err error
		for range 100 {
			ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
			var done bool
			done, token, err = c.Await(ctx, deletionCall(t, "D07"), token)
			cancel()
			if done {
				t.Fatal("it is not done")
			}
			if token == "" {
				break
			}
		}

		upstreamtest.WantError(t, err, dsr.Transient, dsr.ReasonUnconfirmed)
		if last := slices.Max(at()); last < 58*time.Minute || last > 62*time.Minute {
			t.Errorf("polled until %s", last)
		}
	})
}

func TestADeletionIsOfTheVersionThatWasSeen(t *testing.T) {
	for tag, want := range map[string]string{`"1"`: `"1"`, `W/"1"`: "", "": ""} {
		transport := upstreamtest.Serve(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet && tag != "" {
				w.Header().Set("Etag", tag)
			}
			w.WriteHeader(http.StatusOK)
		})
		c := newClient(t, transport)
		call := deletionCall(t, "D02")
		seen, err := c.Get(t.Context(), call)
		if err != nil {
			t.Fatal(err)
		}
		_ = seen.Body.Close()

		call.IfMatch = seen.ETag
		if _, err := c.Delete(t.Context(), call); err != nil {
			t.Fatal(err)
		}
		if got := transport.Requests()[1].Header.Get("If-Match"); got != want {
			t.Errorf("ETag %s: If-Match %q, want %q", tag, got, want)
		}
	}
}

// What forbids a deletion may only be found out while it runs.
func TestADeletionThatFailsForALockSaysSo(t *testing.T) {
	for name, end := range map[string]answer{
		"in the operation": {200, nil, `{"status":"Failed","error":{"code":"DeletionFailed","details":[{"code":"ScopeLocked"}]}}`},
		"in its place":     {409, nil, `{"error":{"code":"ScopeLocked"}}`},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				transport, _ := script(answer{202, header("Azure-AsyncOperation", armURL), ""}, end)
				c := newClient(t, transport)
				_, next, err := c.Await(t.Context(), deletionCall(t, "D07"), began(t, c))
				upstreamtest.WantError(t, err, dsr.Permanent, dsr.ReasonLocked)
				if next != "" {
					t.Error("it is polled on")
				}
			})
		})
	}
}

// A 201 names an operation or none; its Location may be that of a thing.
func TestA201IsPolledWhereItNamesAnOperation(t *testing.T) {
	for link, polled := range map[string]bool{"Azure-AsyncOperation": true, "Location": false} {
		transport, _ := script(answer{201, header(link, armURL), ""})
		got, err := newClient(t, transport).Delete(t.Context(), deletionCall(t, "D07"))
		if err != nil || got.Status != http.StatusCreated || (got.Token != "") != polled {
			t.Errorf("%s: %+v, %v", link, got, err)
		}
	}
}
