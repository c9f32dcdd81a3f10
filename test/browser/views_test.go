//go:build browser

package browser

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"azureml-dsr/internal/operator"
	"azureml-dsr/test/browser/fake"
)

// views are all views, with a name for a picture and what each must show.
var views = []struct {
	name, path, shows string
}{
	{"overview", "overview", "Last bulk run"},
	{"requests", "requests", "dsr-2026-0291"},
	{"request", "requests/dsr-2026-0288", "Give the worker's identity the right"},
	{"running", "requests/dsr-2026-0291", "150 tasks go on in"},
	{"deletion", "requests/dsr-2026-0304/deletion", "needed in court"},
	{"certificate", "requests/dsr-2026-0275/certificate", "Not everything that was planned is deleted"},
	{"deadletters", "deadletters", "DeletesDisabled"},
	{"holds", "holds", "the audit of 2026"},
	{"new", "new", "Scopes by name"},
}

// TestEachViewIsAccessible checks each view against the rules of WCAG 2.2 AA, in both themes.
func TestEachViewIsAccessible(t *testing.T) {
	axe, err := os.ReadFile(*axePath)
	if err != nil {
		t.Fatal(err)
	}

	api, base := newFake(t, fake.Seed())
	for _, theme := range []string{"light", "dark"} {
		b := openTab(t, base, 1280, 900)
		b.theme(theme)
		for _, view := range views {
			b.open(view.path)
			b.sees(view.shows)
			b.run(`document.querySelectorAll('details').forEach((d) => { d.open = true; })`)
			b.check(string(axe), theme+" "+view.name)
		}

		api.Change(func(d *fake.Data) {
			for _, q := range *d.Requests {
				q.Copy = operator.Copy{}
			}
		})
		b.open("requests/dsr-2026-0288")
		b.press("Show the manifest")
		b.press("Verify now")
		b.sees("Sound: each blob")
		b.sees("As it is stored")
		b.check(string(axe), theme+" evidence")
		b.press("Make the copy")
		b.check(string(axe), theme+" ordering a copy")
		b.press("Make it")
		b.sees("Download the copy")
		b.check(string(axe), theme+" copy")
		b.press("Revoke the copy")
		b.press("Revoke it")
		b.sees("Make another copy")
		b.press("Make it after a review")
		b.press("Make it")
		b.sees("The copy waits for a review.")
		b.check(string(axe), theme+" copy that waits")
		b.open("requests/dsr-2026-0288/review")
		b.sees("collected by Ada King in spring")
		b.check(string(axe), theme+" review")
		b.open("requests/dsr-2026-0288")
		b.press("Retry what failed")
		b.check(string(axe), theme+" dialog")
	}
}

// check runs axe-core on what is shown.
func (b *tab) check(axe, what string) {
	b.Helper()
	b.run(axe)
	found := eval[string](b, `axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}).then((r) => JSON.stringify(r.violations.map((v) => ({id: v.id, help: v.help, nodes: v.nodes.map((n) => n.html.slice(0, 300) + ' ' + n.failureSummary)}))))`)

	var violations []struct {
		ID, Help string
		Nodes    []string
	}
	if err := json.Unmarshal([]byte(found), &violations); err != nil {
		b.Fatal(err)
	}
	for _, v := range violations {
		b.Errorf("%s: %s (%s)\n%s", what, v.Help, v.ID, strings.Join(v.Nodes, "\n"))
	}
}

// TestEachViewFitsANarrowScreen: nothing is wider than 360 pixels, and nothing is hidden.
func TestEachViewFitsANarrowScreen(t *testing.T) {
	_, base := newFake(t, fake.Seed())
	b := openTab(t, base, 360, 740)
	for _, view := range views {
		b.open(view.path)
		b.sees(view.shows)
		b.fits(360, view.name)
	}
}

// fits looks for a horizontal scroll bar, and for what sticks out of a page that hides it.
func (b *tab) fits(width int, what string) {
	b.Helper()
	type widths struct {
		Width int
		Out   []string
	}
	wide := eval[widths](b, fmt.Sprintf(`({width: document.documentElement.scrollWidth, out: [...document.querySelectorAll('main *, header *')].filter((e) => e.getBoundingClientRect().right > %d + 1 && !e.closest('.hidden, thead')).map((e) => e.outerHTML.slice(0, 160))})`, width))
	if wide.Width > width || len(wide.Out) > 0 {
		b.Errorf("%s is %d pixels wide: %s", what, wide.Width, strings.Join(wide.Out, "\n"))
	}
}

// TestHostileTextStaysText puts markup, marks of direction and long texts wherever a sender or
// a service can put a text.
func TestHostileTextStaysText(t *testing.T) {
	api, base := newFake(t, fake.Hostiles())
	api.Change(func(d *fake.Data) {
		dead, holds := fake.DeadLetters(), fake.Holds()
		*d.Dead, *d.Holds = nil, nil
		for _, text := range fake.Hostile {
			dead[0].Description, dead[0].Reason, holds[0].On, holds[0].Reason, holds[0].ID = text, text, text, text, text
			*d.Dead, *d.Holds = append(*d.Dead, dead[0]), append(*d.Holds, holds[0])
		}
	})

	paths := []string{"requests", "deadletters", "holds"}
	for i := range fake.Hostile {
		id := fmt.Sprintf("requests/hostile-%d", i)
		paths = append(paths, id, id+"/deletion", id+"/certificate")
	}
	for _, width := range []int64{360, 1280} {
		b := openTab(t, base, width, 800)
		for _, path := range paths {
			b.open(path)
			b.sees("W")
			b.run(`document.querySelectorAll('details').forEach((d) => { d.open = true; })`)
			b.fits(int(width), path)

			if eval[bool](b, `'hit' in window || document.querySelector('main script, main img, main svg[onload]') !== null`) {
				t.Errorf("%s: a text became markup", path)
			}
		}
	}

	b := openTab(t, base, 1280, 800)
	for i, text := range fake.Hostile {
		b.open(fmt.Sprintf("requests/hostile-%d", i))
		b.until(`document.querySelector('main').textContent.includes(` + quote(text) + `)`)
	}
}

// TestNothingToShowIsSaid looks at each list without anything in it.
func TestNothingToShowIsSaid(t *testing.T) {
	api, base := newFake(t, nil)
	api.Change(func(d *fake.Data) { *d.Dead, *d.Holds = nil, nil })
	b := openTab(t, base, 1280, 900)
	for path, text := range map[string]string{
		"requests":            "There are no requests yet.",
		"requests?state=open": "No request is like that.",
		"deadletters":         "There are no dead letters.",
		"holds":               "No hold is in force.",
		"nowhere":             "This address leads nowhere.",
		"requests/none":       "there is no request none",
	} {
		b.open(path)
		b.sees(text)
	}
}

// TestAnErrorIsSaidAndGoesAway: what cannot be read says so, and comes when it can be.
func TestAnErrorIsSaidAndGoesAway(t *testing.T) {
	api, base := newFake(t, fake.Seed())
	b := openTab(t, base, 1280, 900)
	for _, view := range views[:8] {
		api.Change(func(d *fake.Data) { *d.Failing = http.StatusServiceUnavailable })
		b.open(view.path)
		b.sees("storage or Service Bus did not answer as it should")
		api.Change(func(d *fake.Data) { *d.Failing = 0 })
		b.press("Try again")
		b.sees(view.shows)
	}

	b.open("requests")
	b.sees("dsr-2026-0291")
	api.Change(func(d *fake.Data) { *d.Failing = http.StatusServiceUnavailable })
	b.run(`document.dispatchEvent(new Event('visibilitychange'))`)
	b.sees("What you see may be old")
	b.sees("dsr-2026-0291")
}

// TestTheCertificatePrints: only the certificate is on paper, black on white.
func TestTheCertificatePrints(t *testing.T) {
	_, base := newFake(t, fake.Seed())
	b := openTab(t, base, 1280, 900)
	b.theme("dark")
	b.open("requests/dsr-2026-0275/certificate")
	b.sees("SHA-256 of the manifest")
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})

	type paper struct {
		Header, Button, Ground string
	}
	printed := eval[paper](b, `({header: getComputedStyle(document.querySelector('header')).display, button: getComputedStyle(document.querySelector('main button')).display, ground: getComputedStyle(document.body).backgroundColor})`)
	if printed.Header != "none" || printed.Button != "none" || printed.Ground != "rgb(255, 255, 255)" {
		t.Errorf("on paper there is %+v", printed)
	}
}

// TestTheManualHasPictures takes the pictures of the manual, and writes them when they are
// asked for.
func TestTheManualHasPictures(t *testing.T) {
	_, base := newFake(t, fake.Seed())
	b := openTab(t, base, 1200, 820)
	for i, view := range views {
		theme := "light"
		if i == 0 { // one shows what the dark theme looks like
			theme = "dark"
		}
		b.theme(theme)
		b.open(view.path)
		b.sees(view.shows)

		picture, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
		if err != nil {
			t.Fatal(err)
		}
		if len(picture) < 10_000 {
			t.Errorf("%s is an empty picture", view.name)
		}
		if !*screenshots {
			continue
		}
		name := filepath.Join("../../docs/images", "page-"+view.name+"-"+theme+".png")
		if err := os.WriteFile(name, picture, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
