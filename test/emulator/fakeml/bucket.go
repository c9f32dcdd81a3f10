package fakeml

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// BucketOptions size a Bucket. Zero values are Azure Resource Manager's limits
// of a subscription's reads
// (learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling).
type BucketOptions struct {
	// Size is how many calls may be saved up. Default 250.
	Size float64
	// PerSecond is how many calls a second are granted in the long run. Default 25.
	PerSecond float64
	// Pause is what Retry-After asks for, in whole seconds. Default: until there
	// is a token again, but 1 s at least.
	Pause time.Duration
	// Subscription is the one whose calls are counted; "" counts those of all, each
	// in a bucket of its own.
	Subscription string
	// Silent leaves out the header that counts down, as providers do that throttle
	// by themselves.
	Silent bool
}

// Bucket grants calls by token buckets, one for each subscription, and passes on
// what it grants. A call without a token in its bucket is answered 429 with
// Retry-After. Signed links are not counted: they lead to storage.
type Bucket struct {
	next http.Handler
	opts BucketOptions

	mu      sync.Mutex
	buckets map[string]*bucket
}

var _ http.Handler = (*Bucket)(nil)

type bucket struct {
	tokens           float64
	at, first        time.Time // of the last and of the first call
	granted, refused int
}

// NewBucket puts buckets before a handler.
func NewBucket(next http.Handler, opts BucketOptions) *Bucket {
	first(&opts.Size, 250)
	first(&opts.PerSecond, 25)
	return &Bucket{next: next, opts: opts, buckets: map[string]*bucket{}}
}

// ServeHTTP implements http.Handler.
func (b *Bucket) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	subscription := subscriptionOf(r.URL.Path)
	if r.Header.Get("Authorization") == "" || (b.opts.Subscription != "" && !strings.EqualFold(subscription, b.opts.Subscription)) {
		b.next.ServeHTTP(w, r)
		return
	}

	left, pause := b.take(strings.ToLower(subscription), time.Now())

	if !b.opts.Silent {
		w.Header().Set("X-Ms-Ratelimit-Remaining-Subscription-Reads", strconv.Itoa(left))
	}

	if pause == 0 {
		b.next.ServeHTTP(w, r)
		return
	}

	w.Header().Set("Retry-After", strconv.Itoa(int(pause/time.Second)))
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(http.StatusTooManyRequests)
	p := gatewayProblem(http.StatusTooManyRequests)
	_, _ = w.Write([]byte(object(0, field{"error", object(0, p.fields()...)}))) // an error means that the client has gone
}

// take takes a token, or returns how long to wait for one.
func (b *Bucket) take(key string, now time.Time) (left int, pause time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()

	k := b.buckets[key]
	if k == nil {
		k = &bucket{tokens: b.opts.Size, at: now, first: now}
		b.buckets[key] = k
	}

	k.tokens = min(b.opts.Size, k.tokens+b.opts.PerSecond*now.Sub(k.at).Seconds())
	k.at = now
	if k.tokens < 1 {
		k.refused++
		wait := math.Ceil((1 - k.tokens) / b.opts.PerSecond)
		return 0, max(b.opts.Pause, time.Duration(wait)*time.Second)
	}

	k.tokens--
	k.granted++

	return int(k.tokens), 0
}

// Usage is how a subscription's calls were answered.
type Usage struct {
	Granted, Refused int
	// Allowed is how many calls the bucket would have granted from the first
	// call to the last.
	Allowed float64
}

// Usage returns how a subscription's calls were answered so far.
func (b *Bucket) Usage(subscription string) Usage {
	b.mu.Lock()
	defer b.mu.Unlock()
	k := b.buckets[strings.ToLower(subscription)]
	if k == nil {
		return Usage{}
	}
	return Usage{
		Granted: k.granted, Refused: k.refused,
		Allowed: b.opts.Size + b.opts.PerSecond*k.at.Sub(k.first).Seconds(),
	}
}

// subscriptionOf reads the segment after "subscriptions", on every plane.
func subscriptionOf(path string) string {
	_, rest, _ := strings.Cut(path, "/subscriptions/")
	id, _, _ := strings.Cut(rest, "/")
	return id
}
