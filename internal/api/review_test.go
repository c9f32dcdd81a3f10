package api_test

import (
	"net/http"
	"strings"
	"testing"

	"azureml-dsr/internal/api"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator/operatortest"
)

const reviewPath = "/api/requests/req-1/review"

// uncertain returns a closed export about somebody whose model may name somebody else, twice.
func uncertain(t *testing.T) *operatortest.Stored {
	s := operatortest.New(t)
	s.Subject = &dsr.Subject{ObjectID: ada}
	s.Body = func(_, item string) string {
		if item == "one" {
			return `{"name":"one","createdBy":{"userObjectId":"` + ada + `"},"tags":{"note":"ask Grace","other":"not Grace"}}`
		}
		return `{"name":"two","createdBy":{"userObjectId":"` + bob + `","userName":"Grace Hopper"}}`
	}
	s.Open()
	s.MakePlan()
	s.List(s.Task(1, 0), operatortest.AccountID)
	s.List(s.Task(2, 0), "one", "two")
	s.Work(s.Task(1, 0), "E01", operatortest.AccountID)
	s.Work(s.Task(2, 0), "E03", "one")
	s.Work(s.Task(2, 1), "E03", "two")
	s.CloseAttempt()
	return s
}

type reviewAnswer struct {
	State, Review, ReleasedBy string
	Places, Decisions         int
	Rules                     []struct{ Rule, What, Decided string }
	Value                     []struct{ ID, Rule, Item, Pointer, Match, Decided string }
	NextLink                  string
}

// TestAReviewFromItsListToTheRelease lists, decides and releases, each by who may.
func TestAReviewFromItsListToTheRelease(t *testing.T) {
	s := newSite(t, uncertain(t), api.Options{Auth: api.Auth{Platform: true, TenantID: tenant}})
	by := func(method, path, body, oid string, roles ...string) (int, reviewAnswer) {
		t.Helper()
		w := s.do(call{method: method, path: path, body: body, header: as(oid, roles...)})
		return w.Code, decodedText[reviewAnswer](t, w.Body.Bytes())
	}

	if code, _ := by("GET", reviewPath, "", bob, "DSR.Read"); code != http.StatusNotFound {
		t.Errorf("nothing is ordered: %d", code)
	}
	if code, c := by("POST", copyPath, `{"review":true}`, ada, "DSR.Operate"); code != http.StatusAccepted || c.State != "making" || c.Review != "required" {
		t.Fatalf("ordered: %d %+v", code, c)
	}
	if code, _ := by("GET", reviewPath, "", bob, "DSR.Read"); code != http.StatusConflict {
		t.Errorf("nothing is listed: %d", code)
	}
	s.MakeCopies(s.queues, operatortest.Time)
	if w := s.do(call{method: "GET", path: copyPath, header: as(bob, "DSR.Read")}); !strings.Contains(w.Body.String(), `"state":"reviewing"`) || !strings.Contains(w.Body.String(), `"review":"http`) {
		t.Errorf("%s", w.Body)
	}

	_, blind := by("GET", reviewPath, "", bob, "DSR.Read")
	if blind.Places != 2 || len(blind.Value) != 2 || blind.Value[0].Match != "" || blind.Value[0].Item != "" {
		t.Errorf("who may not decide sees %+v", blind)
	}
	_, first := by("GET", reviewPath+"?top=1", "", bob, "DSR.Read", "DSR.Approve")
	if len(first.Value) != 1 || first.Value[0].Match != "Grace" || first.Value[0].Pointer != "/tags/note" || first.NextLink == "" {
		t.Fatalf("%+v", first)
	}
	_, path, _ := strings.Cut(first.NextLink, "/api/")
	if _, next := by("GET", "/api/"+path, "", bob, "DSR.Read", "DSR.Approve"); len(next.Value) != 1 || next.Value[0].Pointer != "/tags/other" || next.NextLink != "" {
		t.Errorf("%+v", next)
	}

	if code, _ := by("POST", reviewPath, `{"verdict":"remove","rule":"name-part"}`, bob, "DSR.Operate"); code != http.StatusForbidden {
		t.Errorf("who may not approve decides: %d", code)
	}
	if code, r := by("POST", reviewPath, `{"verdict":"remove","places":["`+first.Value[0].ID+`"]}`, bob, "DSR.Approve"); code != http.StatusOK || r.Decisions != 1 {
		t.Errorf("%d %+v", code, r)
	}
	if code, _ := by("POST", reviewPath, `{"verdict":"remove","places":["`+strings.Repeat("0", 16)+`"]}`, bob, "DSR.Approve"); code != http.StatusBadRequest {
		t.Errorf("a place that is not there: %d", code)
	}
	if _, open := by("GET", reviewPath+"?open=true&rule=name-part", "", bob, "DSR.Read", "DSR.Approve"); len(open.Value) != 1 || open.Value[0].Pointer != "/tags/other" {
		t.Errorf("open: %+v", open)
	}

	code, c := by("POST", reviewPath+"/release", "", bob, "DSR.Approve")
	if code != http.StatusAccepted || c.State != "making" || c.ReleasedBy != "[oid "+bob+", tid "+tenant+"]" {
		t.Errorf("released: %d %+v", code, c)
	}
	s.MakeCopies(s.queues, operatortest.Time)
	if w := s.do(call{method: "GET", path: copyPath, header: as(bob, "DSR.Read")}); !strings.Contains(w.Body.String(), `"state":"ready"`) || !strings.Contains(w.Body.String(), `"decided":1`) {
		t.Errorf("%s", w.Body)
	}
	if code, _ := by("POST", reviewPath+"/release", "", bob, "DSR.Approve"); code != http.StatusConflict {
		t.Errorf("released twice: %d", code)
	}
}

// reviews holds the answers about a review.
func (s *schemas) reviews() {
	s.t.Helper()
	const template = "/requests/{id}/review"
	to := local(s.t, uncertain(s.t))
	order := call{method: "POST", path: copyPath, body: `{"review":true}`}
	s.hold(to, template, call{method: "GET", path: reviewPath}, 404)
	s.hold(to, "/requests/{id}/copy", order, 202)
	s.hold(to, template, call{method: "GET", path: reviewPath}, 409)
	to.MakeCopies(to.queues, operatortest.Time)
	s.hold(to, "/requests/{id}/copy", call{method: "GET", path: copyPath}, 200)
	s.hold(to, template, call{method: "GET", path: reviewPath + "?top=1"}, 200)
	s.hold(to, template, call{method: "GET", path: reviewPath + "?top=0"}, 400)
	s.hold(to, template, call{method: "GET", path: reviewPath + "?rule=mood"}, 400)
	s.hold(to, template, call{method: "POST", path: reviewPath, body: `{"verdict":"keep","rule":"name-part"}`}, 200)
	s.hold(to, template, call{method: "POST", path: reviewPath, body: `{"verdict":"maybe","rule":"name-part"}`}, 400)
	s.hold(to, template+"/release", call{method: "POST", path: reviewPath + "/release", body: "{}"}, 202)
	s.hold(to, template+"/release", call{method: "POST", path: reviewPath + "/release", body: "{}"}, 202)
}
