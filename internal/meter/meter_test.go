package meter_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/meter"
)

func count(ctx context.Context) {
	m := meter.From(ctx)
	m.UpstreamCall()
	m.Read(10)
	m.Read(5)
	m.StorageWrite(100)
	m.StorageWrite(-1) // a body of unknown length
	m.StorageRead()
	m.StorageList()
	m.Sent(3)
}

func TestAnInvocationCountsWhatItsCallsCost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, m := meter.Invocation(t.Context())
		within, cancel := context.WithCancel(ctx)
		defer cancel()
		count(within)
		time.Sleep(70 * time.Millisecond)

		want := dsr.Cost{
			UpstreamCalls: 1,
			BytesRead:     15,
			StorageWrites: 2,
			StorageReads:  1,
			StorageLists:  1,
			BytesWritten:  100,
			Messages:      5, // received and settled, and three that were sent
			Invocations:   1,
			Milliseconds:  70,
		}
		if got := m.Cost(); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	})
}

func TestWithoutAMeterNothingIsCounted(t *testing.T) {
	count(t.Context())
	if got := meter.From(t.Context()).Cost(); got != (dsr.Cost{}) {
		t.Errorf("got %+v", got)
	}
}
