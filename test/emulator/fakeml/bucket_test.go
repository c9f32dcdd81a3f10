package fakeml

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"
)

func TestABucketGrantsWhatItHasSavedUpAndThenItsRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		passed := 0
		b := NewBucket(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { passed++ }), BucketOptions{Size: 10, PerSecond: 5})
		ask := func(path, authorization string) *httptest.ResponseRecorder {
			r := httptest.NewRequest(http.MethodGet, path, nil)
			r.Header.Set("Authorization", authorization)
			w := httptest.NewRecorder()
			b.ServeHTTP(w, r)
			return w
		}

		many := func(n int) (granted int) {
			for range n {
				if ask("/subscriptions/a/x", "Bearer t").Code == http.StatusOK {
					granted++
				}
			}
			return granted
		}
		if n := many(20); n != 10 {
			t.Errorf("%d granted at once, want what was saved up", n)
		}

		w := ask("/api/subscriptions/A/x", "Bearer t")
		if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "1" || w.Header().Get("X-Ms-Ratelimit-Remaining-Subscription-Reads") != "0" {
			t.Errorf("%d %v", w.Code, w.Header())
		}
		if ask("/subscriptions/b/x", "Bearer t").Code != http.StatusOK || ask("/content/x?sig=s", "").Code != http.StatusOK {
			t.Error("another subscription's call, or a signed link's, was refused")
		}

		<-time.After(time.Second) // in the bubble's time

		if n := many(20); n != 5 {
			t.Errorf("%d granted a second later, want 5", n)
		}
		if u := b.Usage("a"); u.Granted != 15 || u.Refused != 26 || u.Allowed != 15 || passed != 17 {
			t.Errorf("%+v, %d passed", u, passed)
		}

		<-time.After(time.Hour) // in the bubble's time

		if n := many(20); n != 10 {
			t.Errorf("%d granted after an hour, want no more than can be saved up", n)
		}
	})
}

func TestABucketAsksForThePauseItIsTold(t *testing.T) {
	b := NewBucket(http.NotFoundHandler(), BucketOptions{
		Size:         1,
		PerSecond:    0.5,
		Pause:        17 * time.Second,
		Subscription: "a",
		Silent:       true,
	})
	for i, want := range []string{"", "17"} {
		r := httptest.NewRequest(http.MethodGet, "/subscriptions/a", nil)
		r.Header.Set("Authorization", "Bearer t")
		w := httptest.NewRecorder()
		b.ServeHTTP(w, r)

		if got := w.Header().Get("Retry-After"); got != want {
			t.Errorf("call %d: Retry-After %q, want %q", i, got, want)
		}
		if left := w.Header().Values("X-Ms-Ratelimit-Remaining-Subscription-Reads"); len(left) > 0 {
			t.Errorf("call %d counts down: %v", i, left)
		}
	}

	if u := b.Usage("b"); u != (Usage{}) {
		t.Errorf("%+v of a subscription that nobody called", u)
	}
}
