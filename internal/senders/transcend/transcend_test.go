package transcend_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator"
	"azureml-dsr/internal/senders"
	"azureml-dsr/internal/senders/senderstest"
	"azureml-dsr/internal/senders/transcend"
)

const (
	requestID = "1f641408-e478-41e4-b029-d6b0fca36d31"
	oid       = "11111111-2222-3333-4444-555555555555"
	job       = `{"type":"ACCESS","requestIdentifier":{"value":"ada@example.org"},"coreIdentifier":{"value":"ada@example.org"},
 "dataSubject":{"type":"employee"},"isTest":false,
 "extras":{"profile":{"identifier":"ada@example.org","type":"email"},"request":{"id":"` + requestID + `","link":"/privacy-requests/x"},"organization":{"name":"x"}}}`
)

var now = time.Date(2026, 11, 29, 6, 0, 0, 0, time.UTC)

func with(old, new string) string {
	if !strings.Contains(job, old) {
		panic(old + " is not in the job")
	}
	return strings.ReplaceAll(job, old, new)
}

func TestAJobBecomesARequest(t *testing.T) {
	ada := map[string]any{"userPrincipalName": "ada@example.org"}
	for name, c := range map[string]struct {
		body, value string
		want        map[string]any
	}{
		"access":          {job, "ada@example.org", map[string]any{"id": requestID, "kind": "export", "subject": ada}},
		"erasure":         {with("ACCESS", "ERASURE"), "ada@example.org", map[string]any{"id": requestID, "kind": "delete", "what": "subject", "subject": ada}},
		"a test":          {strings.Replace(with("ACCESS", "ERASURE"), `"isTest":false`, `"isTest":true`, 1), "ada@example.org", map[string]any{"id": requestID, "kind": "delete", "what": "subject", "subject": ada, "dryRun": true}},
		"an object id":    {with("ada@example.org", strings.ToUpper(oid)), oid, map[string]any{"id": requestID, "kind": "export", "subject": map[string]any{"objectId": oid}}},
		"an old form":     {with(`{"value":"ada@example.org"}`, `"ada@example.org"`), "ada@example.org", map[string]any{"id": requestID, "kind": "export", "subject": ada}},
		"no profile":      {with(`"identifier":"ada@example.org","type":"email"`, ""), "ada@example.org", map[string]any{"id": requestID, "kind": "export", "subject": ada}},
		"one of profiles": {with(`"type":"email"`, `"type":"email","id":"`+oid+`"`), "ada@example.org", map[string]any{"id": requestID + "-3ea85b5054fa8de9", "kind": "export", "subject": ada}},
	} {
		t.Run(name, func(t *testing.T) {
			request, err := transcend.Read([]byte(c.body), c.value, "gateway")
			if err != nil {
				t.Fatal(err)
			}
			c.want["schemaVersion"], c.want["source"], c.want["submittedBy"] = "1.0", "transcend", "gateway"
			var got map[string]any
			if err := json.Unmarshal(request, &got); err != nil {
				t.Fatal(err)
			}
			if name == "one of profiles" { // the hash of the profile's id, not of the person's
				id, _ := got["id"].(string)
				if !strings.HasPrefix(id, requestID+"-") || !dsr.ValidID(id) {
					t.Errorf("id %s", id)
				}
				c.want["id"] = id
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestAJobThatMeansNothingHereIsRefused(t *testing.T) {
	for name, c := range map[string]struct{ body, value, want string }{
		"no JSON":               {"{", "x", "not JSON"},
		"a list":                {"[]", "x", "shape"},
		"another right":         {with("ACCESS", "RECTIFICATION"), "ada@example.org", "want ACCESS or ERASURE"},
		"no right":              {with("ACCESS", ""), "ada@example.org", "want ACCESS or ERASURE"},
		"no id":                 {with(requestID, "secret"), "ada@example.org", "extras.request.id"},
		"a phone number":        {with("ada@example.org", "+15550100"), "+15550100", "extras.profile"},
		"nobody":                {with("ada@example.org", ""), "", "another person"},
		"a token of another":    {job, "eve@example.org", "another person"},
		"a profile of another":  {with(`"profile":{"identifier":"ada@`, `"profile":{"identifier":"eve@`), "ada@example.org", "another person"},
		"a request by another":  {strings.Replace(with(`"ada@example.org"`, `"eve@example.org"`), `"requestIdentifier":{"value":"eve@`, `"requestIdentifier":{"value":"ada@`, 1), "ada@example.org", "another person"},
		"a type twice by case":  {with(`"type":"ACCESS"`, `"Type":"ACCESS"`), "ada@example.org", "want ACCESS or ERASURE"},
		"a token without value": {job, "", "another person"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := transcend.Read([]byte(c.body), c.value, "gateway")
			if dsr.ClassOf(err) != dsr.Permanent || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "@") {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(job), "ada@example.org")
	f.Add([]byte(`{"coreIdentifier":7,"extras":null}`), "")
	f.Fuzz(func(t *testing.T, body []byte, value string) {
		request, err := transcend.Read(body, value, "gateway")
		if err != nil {
			if dsr.ClassOf(err) != dsr.Permanent {
				t.Errorf("%v is of class %s", err, dsr.ClassOf(err))
			}
			return
		}
		var got struct {
			ID, Kind string
			Subject  dsr.Subject
		}
		if err := json.Unmarshal(request, &got); err != nil || !dsr.ValidID(got.ID) || len(got.Subject.Addresses()) == 0 {
			t.Errorf("%s became %s (%v)", body, request, err)
		}
	})
}

// newKey returns a key of the gateway.
func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// token signs what a token says.
func token(t *testing.T, key *ecdsa.PrivateKey, header, claims string) string {
	t.Helper()
	text := base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + base64.RawURLEncoding.EncodeToString([]byte(claims))
	sum := sha512.Sum384([]byte(text))
	r, s, err := ecdsa.Sign(rand.Reader, key, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	signature := make([]byte, 96)
	r.FillBytes(signature[:48])
	s.FillBytes(signature[48:])
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}

const header = `{"alg":"ES384","typ":"JWT"}`

func said(at time.Time, more string) string {
	return fmt.Sprintf(`{"value":"ada@example.org","iat":%d,"aud":"x"%s}`, at.Unix(), more)
}

func TestOnlyTheGatewayIsHeard(t *testing.T) {
	key := newKey(t)
	good := token(t, key, header, said(now, ""))
	parts := strings.Split(good, ".")
	for name, c := range map[string]struct {
		token  string
		status int
	}{
		"its token":              {good, 200},
		"one of this morning":    {token(t, key, header, said(now.Add(-20*time.Hour), "")), 200},
		"none":                   {"", 401},
		"no token":               {"secret", 401},
		"another one's":          {token(t, newKey(t), header, said(now, "")), 401},
		"one of last week":       {token(t, key, header, said(now.AddDate(0, 0, -7), "")), 401},
		"one of tomorrow":        {token(t, key, header, said(now.AddDate(0, 0, 1), "")), 401},
		"one that has ended":     {token(t, key, header, said(now, fmt.Sprintf(`,"exp":%d`, now.Add(-time.Hour).Unix()))), 401},
		"one without a time":     {token(t, key, header, `{"value":"ada@example.org"}`), 401},
		"one without a signer":   {strings.Join([]string{base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)), parts[1], ""}, "."), 401},
		"one of another kind":    {token(t, key, `{"alg":"HS384"}`, said(now, "")), 401},
		"one that was changed":   {strings.Join([]string{parts[0], base64.RawURLEncoding.EncodeToString([]byte(said(now, `,"x":1`))), parts[2]}, "."), 401},
		"one that was shortened": {strings.Join([]string{parts[0], parts[1], parts[2][:64]}, "."), 401},
		"one that is too long":   {good + strings.Repeat("A", 20_000), 401},
		"one that says it twice": {token(t, key, header, strings.Replace(said(now, ""), `"iat"`, `"iat":1,"iat"`, 1)), 401},
		"one that says more":     {token(t, key, header, said(now, "")+said(now, "")), 401},
		"one of another person":  {token(t, key, header, strings.Replace(said(now, ""), "ada@", "eve@", 1)), 400},
	} {
		t.Run(name, func(t *testing.T) {
			requests := &senderstest.Requests{}
			w := send(&key.PublicKey, requests, c.token, job)
			if w.Code != c.status || (len(requests.Submitted) == 1) != (c.status == 200) || strings.Contains(w.Body.String(), "ada@") {
				t.Errorf("%d %s, submitted %v", w.Code, w.Body, requests.Submitted)
			}
		})
	}
}

func send(key *ecdsa.PublicKey, requests senders.Requests, token, body string) *httptest.ResponseRecorder {
	return sendBy(senders.Call{Controller: "gateway", Name: "gateway"}, key, requests, token, body)
}

func sendBy(call senders.Call, key *ecdsa.PublicKey, requests senders.Requests, token, body string) *httptest.ResponseRecorder {
	h := senderstest.Mounted(transcend.Routes(transcend.Options{
		Requests: requests,
		Key:      key,
		Now:      func() time.Time { return now },
	}), call)
	r := httptest.NewRequest(http.MethodPost, "/api/transcend", strings.NewReader(body))
	r.Header.Set("x-sombra-token", token)
	r.Header.Set("x-transcend-nonce", "nonce")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestJobsAreAnswered(t *testing.T) {
	key := newKey(t)
	good := token(t, key, header, said(now, ""))
	for name, c := range map[string]struct {
		key    *ecdsa.PublicKey
		body   string
		fault  error
		status int
	}{
		"without a key":      {nil, job, nil, 503},
		"too long":           {&key.PublicKey, job + strings.Repeat(" ", dsr.MaxRequest), nil, 413},
		"an invalid request": {&key.PublicKey, job, &operator.Error{Kind: operator.Invalid, Err: dsr.Errorf(dsr.Permanent, dsr.ReasonInvalidRequest, "/: missing scope")}, 400},
		"a used id":          {&key.PublicKey, job, &operator.Error{Kind: operator.Refused, Err: errors.New("used")}, 409},
		"storage away":       {&key.PublicKey, job, errors.New("secret"), 503},
	} {
		w := send(c.key, &senderstest.Requests{Fault: c.fault}, good, c.body)
		if w.Code != c.status || strings.Contains(w.Body.String(), "secret") {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}

	requests := &senderstest.Requests{}
	if w := sendBy(senders.Call{}, &key.PublicKey, requests, good, job); w.Code != 401 || len(requests.Submitted) > 0 {
		t.Errorf("nobody has signed in: %d, submitted %v", w.Code, requests.Submitted)
	}
}
