package upstream

import (
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/upstream/upstreamtest"
)

func TestHeadersThatNeverComeEndTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int32
		c := wireClient(t, func(_ http.ResponseWriter, r *http.Request) {
			calls.Add(1)
			<-r.Context().Done()
		})

		start := time.Now()
		_, err := ask(t.Context(), c, call{url: local})
		e := upstreamtest.WantError(t, err, dsr.Transient, dsr.ReasonTransient)
		if !errors.Is(e, errStalled) || calls.Load() != 4 {
			t.Errorf("%v after %d calls", e.Err, calls.Load())
		}
		if took := time.Since(start); took < 2*time.Minute || took > 2*time.Minute+10*time.Second {
			t.Errorf("took %s, want four times the 30 s", took)
		}
	})
}

func TestABodyThatStallsIsTransient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := wireClient(t, func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write(make([]byte, 2*prefetchSize))
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		})

		answer, err := ask(t.Context(), c, call{url: local})
		if err != nil {
			t.Fatal(err)
		}

		start := time.Now()
		n, err := io.Copy(io.Discard, answer.Body)
		upstreamtest.WantError(t, err, dsr.Transient, dsr.ReasonTransient)

		if n != 2*prefetchSize || time.Since(start) != 30*time.Second {
			t.Errorf("%d bytes in %s", n, time.Since(start))
		}

		_ = answer.Body.Close()
	})
}

func TestASlowReaderAndASlowButLivelyUpstreamAreNoStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := wireClient(t, func(w http.ResponseWriter, _ *http.Request) {
			for range 5 {
				_, _ = w.Write(make([]byte, prefetchSize))
				_ = http.NewResponseController(w).Flush()
				<-time.After(29 * time.Second) // in the bubble's time
			}
		})

		answer, err := ask(t.Context(), c, call{url: local})
		if err != nil {
			t.Fatal(err)
		}

		<-time.After(time.Hour) // in the bubble's time

		if got := upstreamtest.ReadAll(t, answer.Body); len(got) != 5*prefetchSize {
			t.Errorf("%d bytes", len(got))
		}
	})
}
