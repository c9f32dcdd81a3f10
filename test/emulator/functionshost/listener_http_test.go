package functionshost

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// overHTTP is a function.json with an HTTP trigger; more are other members of it.
func overHTTP(more string) string {
	return fmt.Sprintf(`{"bindings":[{"type":"httpTrigger","name":"req","direction":"in"%s},{"type":"http","direction":"out","name":"res"}]}`, more)
}

// startHTTP runs an app with HTTP triggers.
func startHTTP(t *testing.T, functions map[string]string, change func(*Options), env ...string) (*Host, output) {
	t.Helper()
	out := newOutput()
	opts := options(t, "serve", out, functions, env...)

	if change != nil {
		change(&opts)
	}

	h, err := Start(within(t), opts)
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(func() {
		if err := h.Stop(); err != nil {
			t.Error(err)
		}
	})

	return h, out
}

// called is what a caller gets: status, content type and body.
func called(t *testing.T, method, url, body string, header ...string) string {
	t.Helper()
	got, err := call(within(t), method, url, body, header...)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func call(ctx context.Context, method, url, body string, header ...string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return "", err
	}

	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}

	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()

	text, err := io.ReadAll(resp.Body)
	return fmt.Sprintf("%d %s %s", resp.StatusCode, resp.Header.Get("Content-Type"), text), err
}

func TestAnHTTPFunctionAnswersWhatItsOutputSays(t *testing.T) {
	h, out := startHTTP(t, map[string]string{"wish": overHTTP(""), "fail": overHTTP("")}, nil)
	tests := []struct{ name, function, wish, want string }{
		{"a response", "wish", `{"Outputs":{"res":{"statusCode":201,"headers":{"Content-Type":"application/json"},"body":"{}"}}}`, "201 application/json; charset=utf-8 {}"},
		{"no output", "wish", `{"Outputs":{}}`, "200 text/plain; charset=utf-8 {}"},
		{"an output that can't be used", "wish", `{"Outputs":{"res":3}}`, "500  "},
		{"a failure", "fail", `{}`, "500  "},
		{"no JSON", "wish", `nonsense`, "500  "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := called(t, "POST", h.URL()+"/api/"+tt.function, tt.wish); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}

	if line := out.await(t, "wish"); !strings.Contains(line, `"Method":"POST"`) || !strings.Contains(line, `"sys":{"MethodName":"wish"`) {
		t.Errorf("got %s", line)
	}
}

func TestRoutesMethodsAndKeys(t *testing.T) {
	functions := map[string]string{
		"ok_a":    overHTTP(`,"route":"orders/{id:int}","methods":["get","PUT"],"authLevel":"anonymous"`),
		"ok_b":    overHTTP(`,"route":"orders/{id}","authLevel":"anonymous"`),
		"ok_key":  overHTTP(``),
		"ok_root": overHTTP(`,"authLevel":"admin"`),
	}

	h, out := startHTTP(t, functions, func(o *Options) { o.HTTPKey = "k" })
	tests := []struct {
		name, method, path string
		header             []string
		status             string
		line               string // the handler's
	}{
		{"the first route that matches", "GET", "/api/orders/7", nil, "200", `"sys":{"MethodName":"ok_a"`},
		{"its constraint not met", "GET", "/api/orders/x", nil, "200", `"sys":{"MethodName":"ok_b"`},
		{"its methods not met", "POST", "/api/orders/7", nil, "200", `"sys":{"MethodName":"ok_b"`},
		{"a prefix that is missing", "GET", "/orders/7", nil, "404", ""},
		{"no such route", "GET", "/api/nothing", nil, "404", ""},
		{"the root", "GET", "/", nil, "404", ""},
		{"no key", "GET", "/api/ok_key", nil, "401", ""},
		{"a wrong key", "GET", "/api/ok_key?code=x", nil, "401", ""},
		{"the key in the query", "GET", "/api/ok_key?code=k", nil, "200", `"code":"k"`},
		{"the key in a header", "GET", "/api/OK_Key", []string{"x-functions-key", "k"}, "200", `"sys":{"MethodName":"ok_key"`},
		{"the header before the query", "GET", "/api/ok_key?code=k", []string{"x-functions-key", "x"}, "401", ""},
		{"admin without a key", "GET", "/api/ok_root", nil, "401", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := called(t, tt.method, h.URL()+tt.path, "", tt.header...); !strings.HasPrefix(got, tt.status) {
				t.Errorf("got %q, want %s", got, tt.status)
			}

			if tt.line == "" {
				return
			}

			if line := out.await(t, "ok"); !strings.Contains(line, tt.line) {
				t.Errorf("got %s, want %s", line, tt.line)
			}
		})
	}
}

func TestARoutePrefixAndNoKeys(t *testing.T) {
	tests := []struct{ prefix, path string }{{"v1/x", "/v1/x/ok"}, {"", "/ok"}}
	for _, tt := range tests {
		t.Run(tt.prefix, func(t *testing.T) {
			h, _ := startHTTP(t, map[string]string{"ok": overHTTP("")}, nil, "AzureFunctionsJobHost__extensions__http__routePrefix="+tt.prefix)
			if got := called(t, "GET", h.URL()+tt.path, ""); !strings.HasPrefix(got, "200") {
				t.Errorf("got %s", got)
			}
		})
	}
}

const forwarding = "AzureFunctionsJobHost__customHandler__enableForwardingHttpRequest=true"

func TestAForwardedRequestIsTheCallersOwn(t *testing.T) {
	h, _ := startHTTP(t, map[string]string{"f": overHTTP(`,"route":"orders/{id}"`)}, nil, forwarding)
	conn, err := net.Dial("tcp", strings.TrimPrefix(h.URL(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()

	_, err = io.WriteString(conn, "PATCH /api/orders/a%2Fb?x=1&x=%202&y= HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: curl/8.5.0\r\nX-Own: 1\r\nX-Own: 2\r\nContent-Type: text/x\r\nContent-Length: 4\r\n\r\nbody")
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()

	seen, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}

	id := resp.Header.Get("X-Id")
	want := "PATCH /api/orders/a%2Fb?x=1%2C%202&y= HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 4\r\nContent-Type: text/x\r\n" +
		"User-Agent: curl/8.5.0 Azure-Functions-Host/4.1052.0\r\nX-Azure-Functions-Hostversion: 4.1052.0\r\nX-Azure-Functions-Invocationid: " + id + "\r\n" +
		"X-Own: 1\r\nX-Own: 2\r\n\r\nbody<nil>"
	if resp.StatusCode != http.StatusTeapot || id == "" || string(seen) != want {
		t.Errorf("got %d %q, want %q", resp.StatusCode, seen, want)
	}
}

func TestForwardedRequestsWithoutALengthAndTheirEnds(t *testing.T) {
	h, out := startHTTP(t, map[string]string{"f": overHTTP(`,"route":"{*all}"`)}, nil, forwarding)
	if got := called(t, "GET", h.URL()+"/api/moved", ""); !strings.HasPrefix(got, "302") {
		t.Errorf("a redirection: got %s", got)
	}

	req, err := http.NewRequestWithContext(within(t), http.MethodPost, h.URL()+"/api/chunked", io.MultiReader(strings.NewReader("body")))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	defer http.DefaultClient.CloseIdleConnections()

	if seen, err := io.ReadAll(resp.Body); err != nil || strings.Contains(string(seen), "body") || !strings.Contains(string(seen), "Content-Length: 0") {
		t.Errorf("a body of unknown length: got %q, %v", seen, err)
	}

	out.await(t, "serving")

	if got := called(t, "GET", h.URL()+"/api/die", ""); got != "500  " {
		t.Errorf("a broken connection: got %s", got)
	}

	out.await(t, "serving")
}

func TestABodyThatIsTooLargeIsRefused(t *testing.T) {
	h, _ := startHTTP(t, map[string]string{"ok": overHTTP("")}, nil)
	conn, err := net.Dial("tcp", strings.TrimPrefix(h.URL(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := fmt.Fprintf(conn, "POST /api/ok HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n", maxRequest+1); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()

	if resp.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("got %d", resp.StatusCode)
	}
}

// slowHandler answers when it is told to.
type slowHandler struct {
	asked   chan context.Context
	answers chan struct{}
}

func (h slowHandler) ask(ctx context.Context, _ string, _ []byte) (answer, error) {
	h.asked <- ctx
	select {
	case <-h.answers:
		return answer{}, nil
	case <-ctx.Done():
		return answer{}, ctx.Err()
	}
}

func (h slowHandler) forward(ctx context.Context, function string, _ httpRequest) (reply, error) {
	_, err := h.ask(ctx, function, nil)
	return reply{status: http.StatusOK}, err
}

func slowListener(t *testing.T) (*httpListener, slowHandler) {
	t.Helper()
	l, err := listenHTTP("")
	if err != nil {
		t.Fatal(err)
	}
	route, err := ParseRoute("f")
	if err != nil {
		t.Fatal(err)
	}
	h := slowHandler{asked: make(chan context.Context), answers: make(chan struct{})}
	return &httpListener{
		listener:  l,
		functions: []Function{{Name: "f", HTTP: &HTTPTrigger{Route: route, Output: "res"}}},
		invoker:   h,
		log:       quiet,
	}, h
}

// The real host never cancels what it has sent.
func TestACallerThatGoesAwayDoesNotEndTheInvocation(t *testing.T) {
	for _, forwarded := range []bool{false, true} {
		t.Run(fmt.Sprintf("forwarded %t", forwarded), func(t *testing.T) {
			l, handler := slowListener(t)
			defer l.listener.Close()

			l.forwarded = forwarded
			caller, leave := context.WithCancel(t.Context())
			served := make(chan struct{})
			go func() {
				defer close(served)
				l.serve(t.Context(), httptest.NewRecorder(), httptest.NewRequestWithContext(caller, http.MethodGet, "/f", nil))
			}()

			invocation := <-handler.asked
			leave()

			if err := invocation.Err(); err != nil {
				t.Errorf("the invocation ended: %v", err)
			}

			close(handler.answers)
			<-served
		})
	}
}

func TestAStopLetsRequestsFinishOrCutsThemOff(t *testing.T) {
	for _, tt := range []struct {
		name string
		end  func(h slowHandler, cutOff func())
		want string
	}{
		{"it answers in time", func(h slowHandler, _ func()) { close(h.answers) }, "200 text/plain; charset=utf-8 {}<nil>"},
		{"it doesn't", func(_ slowHandler, cutOff func()) { cutOff() }, "500  <nil>"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l, handler := slowListener(t)
			listen, stop := context.WithCancel(t.Context())
			invoke, cutOff := context.WithCancel(t.Context())
			defer cutOff()

			ended := make(chan struct{})
			go func() { defer close(ended); l.run(listen, invoke) }()
			ctx, url := within(t), "http://"+l.listener.Addr().String()+"/f"
			got := make(chan string, 1)
			go func() {
				text, err := call(ctx, "GET", url, "")
				got <- fmt.Sprint(text, err)
			}()

			<-handler.asked
			stop()
			tt.end(handler, cutOff)

			if answer := <-got; answer != tt.want {
				t.Errorf("got %q, want %q", answer, tt.want)
			}

			<-ended
		})
	}
}
