package fakeml

import (
	"maps"
	"math"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Fault makes some answers go wrong. Faults add up: every fault that fits a call
// has its effect on it, and where two set the same thing the earlier one wins.
// A fault that could have no effect on a call (a page's on an item, a cursor's
// on a first page) doesn't fit it, and doesn't count it.
type Fault struct {
	// Endpoint is a row's id, "WS", "PR", "OP", "DISC" or "content"; "" is any. A
	// DELETE has a row of its own, D01 to D08 and DW03 onwards, so that a fault of
	// E03 never strikes one.
	Endpoint string
	// Method is GET, POST or DELETE; "" is any. A fault without an Endpoint strikes
	// deletions too unless it says GET here.
	Method string
	// Match is a part of path and query as sent; "" is any.
	Match string
	// Skip lets this many fitting calls pass first.
	Skip int
	// Times is how many calls are spoilt at most; 0 is without end.
	Times int
	// Rate is the share of fitting calls that are spoilt, chosen by the seed;
	// 0 is all of them. Calls that are let pass don't count for Times.
	Rate float64

	// Status answers with this status and the plane's error.
	Status int
	// RetryAfter is the answer's header of that name, good or bad.
	RetryAfter string
	// Body replaces the answer's body.
	Body string
	// Header sets headers of the answer; an empty value removes one.
	Header map[string]string
	// Delay is waited before the answer, besides Options.Latency.
	Delay time.Duration
	// Slow is waited between the two halves of the body.
	Slow time.Duration
	// Stall sends the header and half the body, then nothing until the client goes.
	Stall bool
	// Truncate sends half the body, then resets the connection.
	Truncate bool
	// Reset drops the connection before any answer; served with status 0.
	Reset bool
	// ForeignNextLink replaces a page's link, the last page's too.
	ForeignNextLink string
	// ForeignContentURI replaces the link of E23.
	ForeignContentURI string
	// Redirect answers 302, or Status, with this Location.
	Redirect string
	// Repeat begins a page with the last item of the page before.
	Repeat bool
	// Vanish answers a document, item or content 404.
	Vanish bool
	// BareArray answers a list with an array of all items from here to the end.
	BareArray bool
	// NoNextLink leaves only the continuationToken, on the planes that have one.
	NoNextLink bool
	// EmptyPage answers a page without items whose link leads to them; with
	// Times 0 the list never ends.
	EmptyPage bool
	// ExpireCursor answers a call with a cursor 400, or Status, with code
	// ExpiredContinuationToken.
	ExpireCursor bool
	// RelativeNextLink makes a page's link one without scheme and host.
	RelativeNextLink bool
	// Deletion says how a DELETE goes, and fits nothing else. Its fields go before
	// those of Options.Deletion. It counts each DELETE, the refused ones too.
	Deletion Deletion
	// Lose carries out the call and drops the connection instead of answering; served
	// with status 0. With Reset nothing is carried out.
	Lose bool
	// Gzip compresses the body, whether the client asked for it or not. Content
	// then has no length, no ranges and a weak ETag.
	Gzip bool
}

// fits reports whether the fault is meant for the call and can have an effect on it.
func (f *Fault) fits(c *call) bool {
	if f.Method != "" && f.Method != c.r.Method {
		return false
	}
	if (f.Endpoint != "" && f.Endpoint != c.endpoint()) || !strings.Contains(c.r.URL.RequestURI(), f.Match) {
		return false
	}

	isList := c.route != nil && c.route.list != nil
	isItem := c.route != nil && !isList
	hasCursor := c.cursor() != ""
	switch {
	case f.Deletion != Deletion{}:
		return c.route != nil && c.route.deletes
	case f.BareArray || f.EmptyPage || f.RelativeNextLink || f.ForeignNextLink != "":
		return isList
	case f.NoNextLink:
		return isList && c.plane.hasTokens()
	case f.Repeat || f.ExpireCursor:
		return isList && hasCursor
	case f.ForeignContentURI != "":
		return c.route != nil && c.route.link != nil
	case f.Vanish:
		return isItem
	}

	return true
}

// overrules reports whether a gateway answers instead of the service.
func (f *Fault) overrules() bool {
	return f.Redirect != "" || (f.Status != 0 && f.Status != http.StatusOK && !f.ExpireCursor)
}

// add merges another fault's effects.
func (f *Fault) add(g Fault) {
	first(&f.Status, g.Status)
	first(&f.RetryAfter, g.RetryAfter)
	first(&f.Body, g.Body)
	first(&f.Stall, g.Stall)
	first(&f.Truncate, g.Truncate)
	first(&f.Reset, g.Reset)
	first(&f.ForeignNextLink, g.ForeignNextLink)
	first(&f.ForeignContentURI, g.ForeignContentURI)
	first(&f.Redirect, g.Redirect)
	first(&f.Repeat, g.Repeat)
	first(&f.Vanish, g.Vanish)
	first(&f.BareArray, g.BareArray)
	first(&f.NoNextLink, g.NoNextLink)
	first(&f.EmptyPage, g.EmptyPage)
	first(&f.ExpireCursor, g.ExpireCursor)
	first(&f.RelativeNextLink, g.RelativeNextLink)
	first(&f.Lose, g.Lose)
	first(&f.Gzip, g.Gzip)
	f.Deletion.add(g.Deletion)
	f.Delay += g.Delay
	f.Slow += g.Slow
	headers := maps.Clone(g.Header)
	if headers == nil {
		headers = make(map[string]string)
	}

	maps.Copy(headers, f.Header)
	f.Header = headers
}

// first sets a value that is not set yet.
func first[T comparable](to *T, value T) {
	var zero T
	if *to == zero {
		*to = value
	}
}

// faultSet holds the faults and counts what fitted them.
type faultSet struct {
	seed  uint64
	mu    sync.Mutex
	armed []armed
}

type armed struct {
	Fault
	seen, done int
}

func newFaultSet(seed uint64) *faultSet {
	return &faultSet{seed: seed}
}

func (s *faultSet) set(faults []Fault) {
	fresh := make([]armed, len(faults))
	for i, f := range faults {
		fresh[i].Fault = f
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.armed = fresh
}

// pick returns the merged effect of all faults on a call, and counts it.
func (s *faultSet) pick(c *call) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()

	var effect Fault
	for i := range s.armed {
		f := &s.armed[i]
		if !f.fits(c) {
			continue
		}

		f.seen++
		chance := float64(mix(s.seed, ofFault, uint64(i), uint64(f.seen))) / math.MaxUint64
		switch {
		case f.seen <= f.Skip, f.Times > 0 && f.done >= f.Times, f.Rate > 0 && chance >= f.Rate:
			continue
		}

		f.done++
		effect.add(f.Fault)
	}

	return effect
}
