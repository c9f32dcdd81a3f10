package api

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	cookieName  = "dsr_session"
	sessionTime = 12 * time.Hour
	codeTime    = time.Hour
	// maxCodes bounds the codes that wait to be used.
	maxCodes = 64
)

// sessions signs people in on one's own machine. A code is used once and becomes a cookie.
type sessions struct {
	key []byte
	now func() time.Time

	mu    sync.Mutex
	codes map[string]code
}

type code struct {
	person  int // index of localPeople
	expires time.Time
}

func newSessions(token string, now func() time.Time) *sessions {
	key := sha256.Sum256([]byte("session of azureml-dsr\x00" + token))
	return &sessions{key: key[:], now: now, codes: map[string]code{}}
}

// newCode returns a code for one of the local people.
func (s *sessions) newCode(person int) (text string, expires time.Time) {
	random := make([]byte, 24)
	_, _ = rand.Read(random) // never fails
	text = base64.RawURLEncoding.EncodeToString(random)

	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	for known, c := range s.codes {
		if !now.Before(c.expires) || len(s.codes) >= maxCodes {
			delete(s.codes, known)
		}
	}
	expires = now.Add(codeTime)
	s.codes[text] = code{person: person, expires: expires}

	return text, expires
}

// use returns the person of a code, which then counts no more.
func (s *sessions) use(text string) (person int, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.codes[text]
	delete(s.codes, text)
	return c.person, ok && s.now().Before(c.expires)
}

// cookie returns the cookie of a person who has signed in.
func (s *sessions) cookie(person int) *http.Cookie {
	value := strconv.Itoa(person) + "." + strconv.FormatInt(s.now().Add(sessionTime).Unix(), 10)
	return &http.Cookie{
		Name:     cookieName,
		Value:    value + "." + s.sign(value),
		Path:     strings.TrimSuffix(Prefix, "/"),
		MaxAge:   int(sessionTime / time.Second),
		HttpOnly: true,
		SameSite: http.SameSiteStrictMode,
	}
}

func (s *sessions) sign(value string) string {
	mac := hmac.New(sha256.New, s.key)
	_, _ = mac.Write([]byte(value)) // never fails
	return hex.EncodeToString(mac.Sum(nil))
}

// principal returns whom a request's cookie names.
func (s *sessions) principal(r *http.Request) (principal, bool) {
	cookie, err := r.Cookie(cookieName)
	if err != nil {
		return principal{}, false
	}
	at := strings.LastIndexByte(cookie.Value, '.')
	if at < 0 || !hmac.Equal([]byte(s.sign(cookie.Value[:at])), []byte(cookie.Value[at+1:])) {
		return principal{}, false
	}

	number, until, _ := strings.Cut(cookie.Value[:at], ".")
	person, err := strconv.Atoi(number)
	expires, wrong := strconv.ParseInt(until, 10, 64)
	if err != nil || wrong != nil || person < 0 || person >= len(localPeople) || s.now().Unix() >= expires {
		return principal{}, false
	}

	return localPeople[person], true
}

// isLocalHost reports whether a Host header names this machine. A name that somebody else
// has made lead here does not.
func isLocalHost(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = strings.Trim(host, "[]")
	}
	ip := net.ParseIP(name)
	return name == "localhost" || (ip != nil && ip.IsLoopback())
}
