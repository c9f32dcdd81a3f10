// Package meter counts what a piece of work asks of the services that Azure bills. The
// clients count; whoever does the work reads the count. Without a meter on its context
// a call is not counted.
package meter

import (
	"context"
	"sync/atomic"
	"time"

	"azureml-dsr/internal/dsr"
)

// Meter counts. It is safe for concurrent use, and a nil Meter counts nothing.
type Meter struct {
	began time.Time

	upstreamCalls, bytesRead                  atomic.Int64
	storageWrites, storageReads, storageLists atomic.Int64
	bytesWritten, messages                    atomic.Int64
}

type key struct{}

// Invocation returns a context whose calls a meter counts, and the meter: of one invocation
// that a message has begun, which is received and settled. A context that has a meter keeps
// it.
func Invocation(ctx context.Context) (context.Context, *Meter) {
	if m := From(ctx); m != nil {
		return ctx, m
	}

	m := &Meter{began: time.Now()}
	const receivedAndSettled = 2
	m.messages.Store(receivedAndSettled)
	return context.WithValue(ctx, key{}, m), m
}

// From returns the meter of a context; nil where there is none.
func From(ctx context.Context) *Meter {
	m, _ := ctx.Value(key{}).(*Meter)
	return m
}

// UpstreamCall counts a call to Azure ML.
func (m *Meter) UpstreamCall() {
	if m != nil {
		m.upstreamCalls.Add(1)
	}
}

// Read counts bytes that came from Azure ML.
func (m *Meter) Read(bytes int) {
	if m != nil {
		m.bytesRead.Add(int64(bytes))
	}
}

// StorageWrite counts a call that writes so many bytes to storage.
func (m *Meter) StorageWrite(bytes int64) {
	if m != nil {
		m.storageWrites.Add(1)
		m.bytesWritten.Add(max(bytes, 0))
	}
}

// StorageRead counts a call that reads a blob or looks at one.
func (m *Meter) StorageRead() {
	if m != nil {
		m.storageReads.Add(1)
	}
}

// StorageList counts a page of a listing.
func (m *Meter) StorageList() {
	if m != nil {
		m.storageLists.Add(1)
	}
}

// Sent counts messages that were sent.
func (m *Meter) Sent(messages int) {
	if m != nil {
		m.messages.Add(int64(messages))
	}
}

// Cost returns what was counted so far.
func (m *Meter) Cost() dsr.Cost {
	if m == nil {
		return dsr.Cost{}
	}
	return dsr.Cost{
		UpstreamCalls: m.upstreamCalls.Load(),
		BytesRead:     m.bytesRead.Load(),
		StorageWrites: m.storageWrites.Load(),
		StorageReads:  m.storageReads.Load(),
		StorageLists:  m.storageLists.Load(),
		BytesWritten:  m.bytesWritten.Load(),
		Messages:      m.messages.Load(),
		Invocations:   1,
		Milliseconds:  time.Since(m.began).Milliseconds(),
	}
}
