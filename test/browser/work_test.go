//go:build browser

package browser

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"azureml-dsr/internal/operator"
	"azureml-dsr/test/browser/fake"
)

func TestARequestIsSentByFormAndWatchedToItsEnd(t *testing.T) {
	_, base := newFake(t, fake.Seed())
	b := openTab(t, base, 1280, 900)
	b.open("new")

	b.fill("n-id", "not valid")
	b.sees("it has another form than ids have")
	b.run(`document.getElementById('n-id').value = ''`)
	b.fill("n-id", "by-form-1")
	b.click("scope-0")
	b.sees("The request can be sent.")
	b.press("Send the request")

	b.until(`location.hash === '#/requests/by-form-1'`)
	b.sees("Running")
	b.sees("15 of 50 tasks are over")
	b.sees("Succeeded")
	b.sees("50 of 50 tasks are over")
}

func TestAFormThatIsNotRightSaysWhere(t *testing.T) {
	_, base := newFake(t, nil)
	b := openTab(t, base, 1280, 900)
	b.open("new")
	b.press("Send the request")
	b.sees("Some of it is not right yet")
	b.until(`document.activeElement.id === 'scope-0'`)
}

func TestAFailureIsRetriedInPlace(t *testing.T) {
	_, base := newFake(t, fake.Seed())
	b := openTab(t, base, 1280, 900)
	b.open("requests/dsr-2026-0288")
	b.sees("Forbidden")
	b.press("Retry ml-jobs")
	b.sees("repeats what failed of ml-jobs")
	b.fill("-reason", "the right is there now")
	b.press("Retry")

	b.sees("Succeeded")
	b.sees("2 of 2 tasks are over")
	b.until(`!document.body.innerText.includes('Forbidden')`)
}

// TestASecondPersonApproves: who has submitted a deletion is not offered its approval, and the
// second person must have seen what goes with it.
func TestASecondPersonApproves(t *testing.T) {
	api, base := newFake(t, fake.Seed())
	first := openTab(t, base, 1280, 900)
	first.open("requests/dsr-2026-0304/deletion")
	first.sees("another person must approve it")
	if shown := first.text("main"); strings.Contains(shown, "Approve this plan") {
		t.Error("the first person is offered the approval")
	}

	api.Change(func(d *fake.Data) { *d.Person = fake.Second })
	second := openTab(t, base, 1280, 900)
	second.open("requests/dsr-2026-0304/deletion")
	second.press("Approve this plan")
	second.sees("Look at the plan first")
	second.click("seen")
	second.press("Approve this plan")
	second.sees("Things of others are deleted too")
	second.click("acknowledged")
	second.press("Approve this plan")
	second.until(`location.hash === '#/requests/dsr-2026-0304'`)
	second.sees("Succeeded")
	second.press("Certificate")
	second.sees("grace@example.org")
}

func TestAPlanIsRefusedWithAReason(t *testing.T) {
	api, base := newFake(t, fake.Seed())
	api.Change(func(d *fake.Data) { *d.Person = fake.Second })
	b := openTab(t, base, 1280, 900)
	b.open("requests/dsr-2026-0304/deletion")
	b.press("Refuse it")
	b.sees("Say why the plan is refused")
	b.fill("reason", "the case is still open")
	b.press("Refuse it")
	b.sees("Rejected")
}

// TestACopyForThePersonIsMadeAndRevoked follows one from its order to its end.
func TestACopyForThePersonIsMadeAndRevoked(t *testing.T) {
	api, base := newFake(t, fake.Seed())
	b := openTab(t, base, 1280, 900)
	b.open("requests/dsr-2026-0288")
	b.sees("Nobody has ordered it yet.")
	b.press("Make the copy")
	b.sees("The copy lacks what could not be read, and says so.")
	b.fill("-contact", "privacy@example.org")
	b.press("Make it")
	b.sees("12 of 446 are the person’s")
	b.until(`document.querySelector('[data-key="copy-download"]').href.endsWith('/api/requests/dsr-2026-0288/copy?download')`)

	b.press("Revoke the copy")
	b.fill("-reason", "sent to the wrong address")
	b.press("Revoke it")
	b.sees("It was revoked.")
	b.sees("sent to the wrong address")
	b.until(`!document.querySelector('[data-key="copy-download"]')`)
	b.sees("Make another copy")

	api.Change(func(d *fake.Data) { d.Person.Roles = []string{"DSR.Read"} })
	reader := openTab(t, base, 1280, 900)
	reader.open("requests/dsr-2026-0288")
	reader.sees("It was revoked.")
	if shown := reader.text("main"); strings.Contains(shown, "Make another copy") {
		t.Error("who may only read is offered a copy")
	}
}

// TestACopyIsReviewedAndReleased follows a review from the order to the download: who may not
// decide is offered nothing, and what stands in documents is text.
func TestACopyIsReviewedAndReleased(t *testing.T) {
	api, base := newFake(t, fake.Seed())
	b := openTab(t, base, 1280, 900)
	b.open("requests/dsr-2026-0288")
	b.press("Make it after a review")
	b.press("Make it")
	b.sees("The copy waits for a review.")
	b.press("Look at what is uncertain")
	b.until(`location.hash === '#/requests/dsr-2026-0288/review'`)
	b.sees("collected by Ada King in spring")
	b.sees("<b>ask Grace</b> first")
	b.sees("name of a member: run-7 /tags/who")
	b.sees("Proposed: put in. Decided: nothing yet.")

	b.run(`document.querySelector('[data-key="include-5f0d3a86c1b2e479"]').click()`)
	b.until(`document.querySelector('[data-key="include-5f0d3a86c1b2e479"]').getAttribute('aria-pressed') === 'true'`)
	b.run(`document.querySelector('[data-key="remove-name-part"]').click()`)
	b.until(`document.querySelector('[data-key="remove-0a1b2c3d4e5f6071"]').getAttribute('aria-pressed') === 'true'`)
	b.click("open")
	b.until(`document.querySelectorAll('li[data-key]').length === 1`)
	b.sees("notes.txt")
	b.run(`document.querySelector('[data-key="remove-1122334455667788"]').click()`)
	b.until(`document.querySelectorAll('li[data-key]').length === 0`)
	b.run(`document.querySelector('#open').click()`)
	b.sees("Proposed: put in. Decided: leave out.")

	reader := fake.First
	reader.Roles = []string{"DSR.Read"}
	api.Change(func(d *fake.Data) { *d.Person = reader })
	other := openTab(t, base, 1280, 900)
	other.open("requests/dsr-2026-0288/review")
	other.sees("Who has the role DSR.Approve")
	if shown := other.text("main"); strings.Contains(shown, "Release the copy") || strings.Contains(shown, "Take it out") {
		t.Error("who may only read is offered a decision")
	}

	api.Change(func(d *fake.Data) { *d.Person = fake.Second })
	b.open("requests/dsr-2026-0288/review")
	b.press("Release the copy")
	b.press("Release it")
	b.until(`location.hash === '#/requests/dsr-2026-0288'`)
	b.sees("12 of 446 are the person’s")
	b.sees("3, 3 decided by a person.")
	b.sees("Download the copy")
}

func TestADeadLetterIsResubmitted(t *testing.T) {
	_, base := newFake(t, nil)
	b := openTab(t, base, 1280, 900)
	b.open("deadletters")
	b.sees("deletions are off")
	b.press("Resubmit dsr-requests 3")
	b.press("Resubmit")
	b.until(`!document.body.innerText.includes('deletions are off')`)
	b.sees("2 messages wait for a person")
}

func TestAHoldIsAddedAndReleased(t *testing.T) {
	_, base := newFake(t, nil)
	b := openTab(t, base, 1280, 900)
	b.open("holds")
	b.press("New hold")
	b.fill("-on", "run-17")
	b.fill("-reason", "case 12")
	b.press("Put on hold")
	b.sees("run-17")
	b.press("Release hold hold-3")
	b.fill("-reason", "case closed")
	b.press("Release it")
	b.until(`!document.body.innerText.includes('run-17')`)
}

// TestTheListIsFilteredAndSearched: the address keeps what was chosen.
func TestTheListIsFilteredAndSearched(t *testing.T) {
	_, base := newFake(t, fake.Seed())
	b := openTab(t, base, 1280, 900)
	b.open("requests?due=late")
	b.sees("1 request, 1 late")
	b.sees("3 days late")
	b.run(`{ const due = document.getElementById('f-due'); due.value = ''; due.dispatchEvent(new Event('change')); }`)
	b.sees("7 requests")
	b.fill("f-q", "0275")
	b.until(`document.querySelectorAll('main tbody tr').length === 1`)
	b.until(`location.hash === '#/requests?q=0275'`)
}

// TestTheListKeepsUp: what changes is shown without a reload, and nothing is asked while
// nobody looks.
func TestTheListKeepsUp(t *testing.T) {
	api, base := newFake(t, fake.Seed())
	b := openTab(t, base, 1280, 900)
	b.open("requests")
	b.sees("7 requests")
	api.Change(func(d *fake.Data) { (*d.Requests)[0].Row.ID = "dsr-renamed" })
	b.sees("dsr-renamed")

	b.run(`Object.defineProperty(document, 'hidden', {configurable: true, value: true}); document.dispatchEvent(new Event('visibilitychange'))`)
	before := api.Asked("/api/requests")
	b.run(`new Promise((done) => setTimeout(done, 3000))`) // longer than the shortest pause
	if asked := api.Asked("/api/requests") - before; asked > 1 {
		t.Errorf("it was asked %d times while nobody looked", asked)
	}
	b.run(`delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))`)
	for end := time.Now().Add(patience / 3); api.Asked("/api/requests") < before+1; {
		if time.Now().After(end) {
			t.Fatal("it was not asked again")
		}
		b.run(`new Promise((done) => setTimeout(done, 20))`)
	}
}

// TestThePageIsUsedByKeyboard goes from the address bar to an ordered retry without a mouse.
func TestThePageIsUsedByKeyboard(t *testing.T) {
	_, base := newFake(t, fake.Seed())
	b := openTab(t, base, 1280, 900)
	b.open("overview")
	b.keys(kb.Tab)
	if now := b.focused(); now != "Skip to the content" {
		t.Errorf("the first stop is %q", now)
	}
	b.keys(kb.Enter)
	b.until(`document.activeElement.id === 'view' && location.hash === '#/overview'`)

	b.open("overview")
	b.tabTo("Requests")
	b.keys(kb.Enter)
	b.until(`location.hash === '#/requests' && document.activeElement.id === 'view'`)
	b.sees("dsr-2026-0288")
	b.until(`document.querySelector('main tbody').textContent.includes('Partly failed Forbidden')`)
	b.tabTo("dsr-2026-0288")
	b.keys(kb.Enter)
	b.sees("Give the worker's identity the right")

	b.tabTo("Retry what failed")
	b.keys(kb.Enter)
	b.until(`document.querySelector('dialog[open] textarea') === document.activeElement`)
	b.keys(kb.Escape)
	b.until(`document.querySelector('dialog') === null`)
	if now := b.focused(); now != "Retry what failed" {
		t.Errorf("after the dialog the focus is on %q", now)
	}
	b.keys(kb.Enter)
	b.until(`document.querySelector('dialog[open]') !== null`)
	b.tabTo("Retry")
	b.keys(kb.Enter)
	b.sees("Succeeded")
	b.until(`document.activeElement.id === 'view'`) // the button that had the focus is gone
}

// TestAThousandRequestsAreThereAtOnce measures from the navigation to the first painted rows.
func TestAThousandRequestsAreThereAtOnce(t *testing.T) {
	const most = 300 // ms
	_, base := newFake(t, fake.Many(1000))
	b := openTab(t, base, 1280, 900)
	call(b, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: clock})

	best, whole := 1e9, 1e9
	for range 5 {
		b.do(chromedp.Navigate("about:blank"), chromedp.Navigate(base+"#/requests"))
		b.until(`document.querySelectorAll('main tbody tr').length === 1000 && window.firstRows > 0 && window.allRows > 0`)
		best = min(best, eval[float64](b, `window.firstRows`))
		whole = min(whole, eval[float64](b, `window.allRows`))
	}
	t.Logf("the first rows are painted after %.0f ms, all 1,000 after %.0f ms", best, whole)
	if best > most {
		t.Errorf("the first rows are painted after %.0f ms, want at most %d", best, most)
	}
	b.sees("1,000 requests")
}

// clock notes when the first rows and the last one are painted.
const clock = `new MutationObserver(() => {
	const rows = document.querySelectorAll('main tbody tr').length;
	const note = (name) => requestAnimationFrame(() => setTimeout(() => { window[name] ??= performance.now(); }));
	if (rows > 0) note('firstRows');
	if (rows >= 1000) note('allRows');
}).observe(document, {childList: true, subtree: true});`

func TestWhoMayNotIsOfferedNothing(t *testing.T) {
	api, base := newFake(t, fake.Seed())
	api.Change(func(d *fake.Data) { d.Person.Roles = []string{"DSR.Read"} })
	b := openTab(t, base, 1280, 900)
	for path, button := range map[string]string{
		"requests/dsr-2026-0288":          "Retry",
		"requests/dsr-2026-0291":          "Cancel",
		"requests/dsr-2026-0304/deletion": "Approve this plan",
		"deadletters":                     "Purge",
		"holds":                           "New hold",
		"new":                             "Send the request",
	} {
		b.open(path)
		if shown := b.text("main"); strings.Contains(shown, button+"\n") {
			t.Errorf("%s offers %q", path, button)
		}
	}
}

// TestStatesHaveNames: no state of the API is shown by its name in JSON.
func TestStatesHaveNames(t *testing.T) {
	_, base := newFake(t, fake.Seed())
	b := openTab(t, base, 1280, 900)
	b.open("requests")
	b.sees("7 requests")
	for _, raw := range []string{operator.StateAwaitingApproval, "partiallyFailed", "exportThenDelete"} {
		if strings.Contains(b.text("main tbody"), raw) {
			t.Errorf("the list shows %q", raw)
		}
	}
}

// TestTheFocusStaysWhereAPersonWorks has a request change while the focus is on what folds its
// failures out.
func TestTheFocusStaysWhereAPersonWorks(t *testing.T) {
	api, base := newFake(t, fake.Seed())
	b := openTab(t, base, 1280, 900)
	b.open("requests/dsr-2026-0288")
	b.sees("Give the worker's identity the right")
	b.run(`document.querySelector('main details summary').focus()`)

	api.Change(func(d *fake.Data) {
		for _, q := range *d.Requests {
			if q.Row.ID == "dsr-2026-0288" {
				q.Status.Failures[0].Error = "another text by now"
			}
		}
	})
	b.run(`document.dispatchEvent(new Event('visibilitychange'))`) // it asks again at once
	b.until(`document.querySelector('main').textContent.includes('another text by now')`)
	b.until(`document.activeElement.matches('main details summary')`)
}

// TestAnEndedSignInIsSaid: the platform answers with a redirection to its sign-in page.
func TestAnEndedSignInIsSaid(t *testing.T) {
	api, base := newFake(t, fake.Seed())
	b := openTab(t, base, 1280, 900)
	b.open("requests")
	b.sees("7 requests")
	failing := http.StatusFound
	api.Change(func(d *fake.Data) { *d.Failing = failing })
	b.run(`document.dispatchEvent(new Event('visibilitychange'))`)
	b.sees("Your sign-in has ended. Sign in again")
	b.sees("Open one of the two addresses") // on this machine
}
