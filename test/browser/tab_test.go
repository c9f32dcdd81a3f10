//go:build browser

package browser

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"azureml-dsr/internal/page"
	"azureml-dsr/test/browser/fake"
)

// patience bounds all that a test does in a tab.
const patience = 90 * time.Second

// tab is a tab of the browser that looks at an API.
type tab struct {
	testing.TB
	ctx  context.Context
	base string // address of the page

	mu      sync.Mutex
	faults  []string // what the browser has complained of
	foreign []string // what was asked of others than the API
}

// newFake starts a fake API with made-up requests.
func newFake(t *testing.T, requests []*fake.Request) (*fake.Server, string) {
	t.Helper()
	api := fake.New(page.Files())
	api.Change(func(d *fake.Data) {
		*d.Person, *d.Requests, *d.Overview = fake.First, requests, fake.Overview()
		*d.Dead, *d.Holds = fake.DeadLetters(), fake.Holds()
	})
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	return api, server.URL + "/api/ui"
}

// openTab opens a tab with cookies and storage of its own. A complaint of the browser fails
// the test.
func openTab(t *testing.T, base string, width, height int64) *tab {
	t.Helper()
	ctx, closeTab := chromedp.NewContext(shared, chromedp.WithNewBrowserContext())
	t.Cleanup(closeTab)
	if err := chromedp.Do(ctx); err != nil { // the tab lives as long as the context of its first call
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	t.Cleanup(cancel)

	b := &tab{TB: t, ctx: ctx, base: base}
	if err := chromedp.Listen(ctx, b.listen); err != nil {
		t.Fatal(err)
	}
	call(b, network.Enable, network.EnableParams{})
	call(b, cdplog.Enable, cdp.Empty{})
	b.do(chromedp.EmulateViewport(width, height))
	t.Cleanup(b.report)

	return b
}

// report fails the test for each complaint.
func (b *tab) report() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, f := range b.faults {
		b.Errorf("the browser complains: %s", f)
	}
	for _, f := range b.foreign {
		b.Errorf("the page asked %s", f)
	}
}

// listen notes what the browser complains of. That the API refuses something is no complaint.
func (b *tab) listen(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()

	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		b.faults = append(b.faults, e.ExceptionDetails.Text+" "+e.ExceptionDetails.URL)
	case *cdplog.EventEntryAdded:
		if e.Entry.Level == cdplog.EntryLevelError && e.Entry.Source != cdplog.EntrySourceNetwork {
			b.faults = append(b.faults, e.Entry.Text)
		}
	case *network.EventRequestWillBeSent:
		if root, _, _ := strings.Cut(b.base, "/api/ui"); !strings.HasPrefix(e.Request.URL, root) && !strings.HasPrefix(e.Request.URL, "data:") {
			b.foreign = append(b.foreign, e.Request.URL)
		}
	}
}

// call sends a command of the browser's protocol.
func call[P, R any](b *tab, command cdp.Command[P, R], params P) {
	b.Helper()
	if _, err := chromedp.Call(b.ctx, command, params); err != nil {
		b.Fatal(err)
	}
}

func (b *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		b.Fatal(err)
	}
}

// eval returns what an expression is.
func eval[T any](b *tab, expression string) T {
	b.Helper()
	value, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.Fatalf("%s: %v", expression[:min(len(expression), 200)], err)
	}
	return value
}

// run runs a script.
func (b *tab) run(script string) {
	b.Helper()
	eval[chromedp.Void](b, script)
}

// navigate goes to another address.
func (b *tab) navigate(address string) {
	b.Helper()
	b.do(chromedp.Navigate(address))
}

// open shows a view and waits until it has all that it shows.
func (b *tab) open(view string) {
	b.Helper()
	b.do(chromedp.Navigate("about:blank"), chromedp.Navigate(b.base+"#/"+view))
	b.settled()
}

// settled waits until nothing is on its way.
func (b *tab) settled() {
	b.Helper()
	b.until(`document.querySelector('main h1, main .box') !== null && document.querySelector('main .loading') === null`)
}

// until waits for an expression to be true, also where the document becomes another one.
func (b *tab) until(expression string) {
	b.Helper()
	for end := time.Now().Add(patience / 2); ; {
		_, err := chromedp.Run(b.ctx, chromedp.Poll[chromedp.Void](expression, chromedp.WithPollingInterval(20*time.Millisecond), chromedp.WithPollingTimeout(time.Until(end))))
		if err == nil {
			return
		}
		isAnother := strings.Contains(err.Error(), "context with specified id") || strings.Contains(err.Error(), "target navigated")
		if !isAnother || time.Now().After(end) {
			b.Fatalf("%s: %v; the page shows:\n%s", expression, err, b.text("body"))
		}
	}
}

// sees waits for a text in the view.
func (b *tab) sees(text string) {
	b.Helper()
	b.until(`document.body.innerText.includes(` + quote(text) + `)`)
}

// text returns what an element shows.
func (b *tab) text(selector string) string {
	b.Helper()
	return eval[string](b, `document.querySelector(`+quote(selector)+`)?.innerText ?? ''`)
}

// press presses the button or link with a text.
func (b *tab) press(text string) {
	b.Helper()
	find := `[...document.querySelectorAll('dialog[open] button, main button, main a, nav a')].find((e) => (e.innerText.trim() === ` + quote(text) + ` || e.getAttribute('aria-label') === ` + quote(text) + `) && (!document.querySelector('dialog[open]') || e.closest('dialog')))`
	b.until(find + ` !== undefined`)
	b.run(find + `.click()`)
}

// click clicks what has an id.
func (b *tab) click(id string) {
	b.Helper()
	b.run(`document.getElementById(` + quote(id) + `).click()`)
}

// fill types into the field whose id ends so.
func (b *tab) fill(id, text string) {
	b.Helper()
	b.run(`{ const field = document.querySelector(` + quote(`[id$="`+id+`"]`) + `); field.focus(); field.select?.(); }`)
	b.keys(text)
}

// keys presses keys one after another.
func (b *tab) keys(keys ...string) {
	b.Helper()
	for _, key := range keys {
		b.do(chromedp.KeyEvent(key))
	}
}

// focused returns what has the focus.
func (b *tab) focused() string {
	b.Helper()
	return eval[string](b, `(document.activeElement.innerText || document.activeElement.id || document.activeElement.tagName).trim()`)
}

// tabTo presses the tabulator until something has the focus.
func (b *tab) tabTo(text string) {
	b.Helper()
	var passed []string
	for range 80 {
		b.keys(kb.Tab)
		now := b.focused()
		if now == text {
			return
		}
		passed = append(passed, now)
	}
	b.Fatalf("the tabulator does not come to %q, only to %q", text, passed)
}

// theme chooses what the system prefers.
func (b *tab) theme(scheme string) {
	b.Helper()
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
}

func quote(text string) string {
	quoted, _ := json.Marshal(text)
	return string(quoted)
}
