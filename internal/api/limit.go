package api

import (
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// What one client may do. The page asks for a few things a second; a program that submits
// thousands is told when to go on.
const (
	ratePerSecond = 50
	burst         = 100
	// maxClients bounds the clients that are remembered.
	maxClients = 10_000
)

// limiter counts the requests of each client. A client earns ratePerSecond requests a
// second, up to burst.
type limiter struct {
	now func() time.Time

	mu      sync.Mutex
	clients map[string]allowance
}

type allowance struct {
	left float64
	at   time.Time // when it was left
}

func newLimiter(now func() time.Time) *limiter {
	return &limiter{now: now, clients: map[string]allowance{}}
}

// allow reports whether a client may send a request now, and if not, how long to wait.
func (l *limiter) allow(client string) (wait time.Duration, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()

	now := l.now()
	a, known := l.clients[client]
	if !known {
		l.makeRoom(now)
		a = allowance{left: burst, at: now}
	}
	a = a.earned(now)
	ok = a.left >= 1
	if ok {
		a.left--
	}
	l.clients[client] = a

	wait = time.Duration((1 - a.left) / ratePerSecond * float64(time.Second))
	return max(wait, time.Millisecond), ok
}

func (a allowance) earned(now time.Time) allowance {
	earned := max(0, now.Sub(a.at).Seconds()) * ratePerSecond
	return allowance{left: min(burst, a.left+earned), at: now}
}

// makeRoom forgets who has earned everything back, and when that is nobody, everybody.
func (l *limiter) makeRoom(now time.Time) {
	if len(l.clients) < maxClients {
		return
	}
	for client, a := range l.clients {
		if a.earned(now).left >= burst {
			delete(l.clients, client)
		}
	}
	if len(l.clients) >= maxClients {
		clear(l.clients)
	}
}

// clientOf names the client of a request: who has signed in, or else the address, of which
// the platform adds the last one itself.
func clientOf(r *http.Request, p principal) string {
	if p.ObjectID != "" {
		return "oid " + p.TenantID + " " + p.ObjectID
	}

	address := r.RemoteAddr
	if forwarded := r.Header.Values("X-Forwarded-For"); len(forwarded) > 0 {
		all := forwarded[len(forwarded)-1]
		address = strings.TrimSpace(all[strings.LastIndexByte(all, ',')+1:])
	}
	if host, _, err := net.SplitHostPort(address); err == nil {
		address = host
	}
	return "ip " + address[:min(len(address), 64)]
}
