package opendsr_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	processor "azureml-dsr/internal/opendsr"
	"azureml-dsr/internal/opendsr/opendsrtest"
	"azureml-dsr/internal/operator"
	"azureml-dsr/internal/senders"
	"azureml-dsr/internal/senders/senderstest"
)

// TestAControllerTrustsEachAnswer goes through a whole exchange as a controller does: it
// asks for discovery, takes the certificate from where that says, and checks each further
// answer by it.
func TestAControllerTrustsEachAnswer(t *testing.T) {
	identity := opendsrtest.New(t, opendsrtest.Options{})
	sign, err := processor.NewSigner(opendsrtest.Domain, identity.Key, identity.Chain)
	if err != nil {
		t.Fatal(err)
	}
	requests := &senderstest.Requests{States: map[string]senders.State{id: {Status: operator.Status{State: operator.StateReceived}}}}
	h := newHandlerFor(senders.Call{Controller: "crm", Name: "crm", Base: "http://127.0.0.1:7071/api"}, requests, sign)
	send := func(method, path, body string, status int) (http.Header, []byte) {
		t.Helper()
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(method, path, strings.NewReader(body)))
		if w.Code != status {
			t.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
		}
		return w.Header(), w.Body.Bytes()
	}

	discoveryHeader, discovery := send("GET", "/api/v2/discovery", "", 200)
	var found struct {
		Certificate string `json:"processor_certificate"`
	}
	if err := json.Unmarshal(discovery, &found); err != nil {
		t.Fatal(err)
	}
	at, err := url.Parse(found.Certificate)
	if err != nil || at.Host != opendsrtest.Domain {
		t.Fatalf("the certificate is at %q, which is not of our domain", found.Certificate)
	}
	_, chain := send("GET", at.Path, "", 200)

	check := func(what string, header http.Header, body []byte) {
		t.Helper()
		if err := opendsrtest.Check(header, body, chain, opendsrtest.Domain, identity.Roots); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		if err := opendsrtest.Check(header, append([]byte(" "), body...), chain, opendsrtest.Domain, identity.Roots); err == nil {
			t.Errorf("%s: a changed body has the same signature", what)
		}
	}
	check("discovery", discoveryHeader, discovery)
	for _, c := range []struct {
		method, path, body string
		status             int
	}{
		{"POST", "/api/v2/requests", sent, 201},
		{"GET", "/api/v2/requests/" + id, "", 200},
		{"DELETE", "/api/v2/requests/" + id, "", 202},
	} {
		header, body := send(c.method, c.path, c.body, c.status)
		check(c.method, header, body)
	}
}
