package simulation_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/dsr"
	fake "azureml-dsr/test/emulator/fakeml"
)

// dana is the subject, with all names that a request may have.
var dana = dsr.Subject{
	ObjectID:          "11111111-2222-3333-4444-555555555555",
	UserPrincipalName: "dana@contoso.example",
	DisplayName:       "Dana Okafor",
	PUID:              "10032000A1B2C3D4",
}

// recorded runs an export of each of today's rows in which a row answers as one was
// recorded, and returns what want has of each name.
func recorded(t *testing.T, kind string, want map[string]string, got func(*simulation, fake.RecordedAnswer) string) {
	t.Helper()
	answers, err := fake.Recorded(kind)
	if err != nil {
		t.Fatal(err)
	}
	subject, err := json.Marshal(dana)
	if err != nil {
		t.Fatal(err)
	}
	request := mlRequest()
	from, to := strings.Index(request, `{"objectId"`), strings.Index(request, `,
 "scope"`)
	request = request[:from] + string(subject) + request[to:]

	if len(answers) != len(want) {
		t.Errorf("%d recorded answers, %d expectations", len(answers), len(want))
	}
	for _, a := range answers {
		t.Run(a.Name, func(t *testing.T) {
			simulateAccount(t, mlAccount(), 2, func(t *testing.T, sim *simulation) {
				sim.upstream.SetFaults(a.Fault())
				sim.submit(request)
				sim.run(48 * time.Hour)
				if got := got(sim, a); got != want[a.Name] {
					t.Errorf("got  %s\nwant %s", got, want[a.Name])
				}
				sim.checkEvidence(attempt1)
			})
		})
	}
}

// entriesOf returns the stored entries of a row, with their documents.
func (sim *simulation) entriesOf(row string) (entries []recordedEntry) {
	sim.t.Helper()
	for _, name := range sim.names(sim.exports, attempt1.Prefix()+"data/") {
		var part []recordedEntry
		if json.Unmarshal(readBlob(sim.t, sim.exports, name), &part) != nil {
			continue // an artifact's bytes
		}
		for _, e := range part {
			if e.Endpoint == row {
				entries = append(entries, e)
			}
		}
	}
	return entries
}

type recordedEntry struct {
	dsr.Entry
	Document json.RawMessage `json:"document"`
}

func TestEveryRecordedCreatorIsKnown(t *testing.T) {
	recorded(t, "creators", map[string]string{
		"a user record":                        "subject, 2 named, 1 possible",
		"a user record without a sign-in name": "subject, 2 named, 1 possible",
		"a user record of a guest":             "subject, 1 named, 0 possible",
		"a user record of an application":      "unknown, 0 named, 0 possible",
		"a user record of a namesake":          "unknown, 0 named, 1 possible",
		"no creator":                           "unknown, 0 named, 0 possible",
		"another who changed it":               "unknown, 1 named, 1 possible",
		"system data with a display name":      "possible, 0 named, 1 possible",
		"system data with a sign-in name":      "subject, 1 named, 0 possible",
		"system data of an application":        "unknown, 0 named, 0 possible",
		"system data of a key":                 "unknown, 0 named, 0 possible",
		"system data that is null":             "unknown, 0 named, 0 possible",
		"a display name of who changed it":     "unknown, 0 named, 1 possible",
		"system data with a user record":       "subject, 1 named, 1 possible",
		"an address that is notified":          "unknown, 1 named, 0 possible",
		"an assigned compute instance":         "subject, 1 named, 0 possible",
		"a compute instance with ids alone":    "subject, 1 named, 0 possible",
		"a compute instance with a name":       "unknown, 0 named, 1 possible",
		"a registered model":                   "subject, 1 named, 1 possible",
		"a creation context":                   "unknown, 1 named, 1 possible",
		"a creator in entity metadata":         "unknown, 1 named, 1 possible",
		"a chat of a user id":                  "subject, 1 named, 0 possible",
		"a connection's users":                 "unknown, 1 named, 0 possible",
		"the folder of an alias":               "unknown, 1 named, 0 possible",
		"Git's address of a user":              "unknown, 1 named, 0 possible",
	}, func(sim *simulation, a fake.RecordedAnswer) string {
		entries := sim.entriesOf(a.Endpoint)
		if len(entries) == 0 {
			return "no entry of " + a.Endpoint
		}
		row, _ := azureml.Find(a.Endpoint)
		e := entries[0]
		owner := azureml.OwnerOf(row, e.Document, &dana)
		if owner == dsr.OwnerUnknown {
			owner = "unknown"
		}
		return fmt.Sprintf("%s, %d named, %d possible", owner, e.SubjectMatches, e.PossibleMatches)
	})
}

// closedAs says how an attempt closed, and of a row how many documents it has and why not
// more.
func closedAs(sim *simulation, a fake.RecordedAnswer) string {
	for _, e := range sim.entriesOf(a.Endpoint) {
		absent := e.Document == nil || string(e.Document) == "null"
		if absent && e.Error == nil && e.Status != a.Status {
			sim.t.Errorf("%s answered %d, and its entry says %d", a.Endpoint, a.Status, e.Status)
		}
	}

	m := sim.manifestOf(attempt1)
	said := fmt.Sprintf("%s, %d of %s", m.Status, m.Totals[a.Endpoint].Documents, a.Endpoint)
	for reason, n := range reasons(m) {
		if strings.HasPrefix(reason, a.Endpoint+" ") {
			said += fmt.Sprintf(", %d %s", n, strings.TrimPrefix(reason, a.Endpoint+" "))
		}
	}
	return said
}

func TestEveryRecordedPageIsReadToItsEndOrRefused(t *testing.T) {
	recorded(t, "paging", map[string]string{
		"a last page without a link":                     "succeeded, 1 of W28",
		"a last page with a link of null":                "succeeded, 1 of W28",
		"a last page with an empty link":                 "succeeded, 1 of W28",
		"a bare array":                                   "succeeded, 1 of W28",
		"an empty list":                                  "succeeded, 1 of W28",
		"all members of a data plane's page":             "succeeded, 1 of W50",
		"an empty token":                                 "succeeded, 1 of W50",
		"a list as OpenAI's, at its end":                 "succeeded, 1 of W71",
		"a list as OpenAI's that goes on without a name": "partiallyFailed, 0 of W71, 1 MalformedAnswer",
		"a list as OpenAI's without its end":             "succeeded, 1 of W71",
		"a link of another origin":                       "partiallyFailed, 1 of W28, 1 ForeignLink",
		"a link to another list":                         "partiallyFailed, 1 of W28, 1 ForeignLink",
		"null":                                           "partiallyFailed, 0 of W28, 1 MalformedAnswer",
		"a list without elements":                        "partiallyFailed, 0 of W28, 1 MalformedAnswer",
		"an error":                                       "partiallyFailed, 0 of W28, 1 MalformedAnswer",
		"elements without a name":                        "partiallyFailed, 0 of W28, 1 MalformedAnswer",
		"elements that are null":                         "succeeded, 1 of W28",
		"a link that is a number":                        "partiallyFailed, 0 of W28, 1 MalformedAnswer",
	}, closedAs)
}

func TestEveryRecordedErrorHasItsReason(t *testing.T) {
	recorded(t, "errors", map[string]string{
		"ARM, not found":                                   "succeeded, 0 of W29", // gone since it was listed
		"ARM, no such subscription":                        "partiallyFailed, 0 of W29, 6 TargetNotFound",
		"ARM, a retired type":                              "partiallyFailed, 0 of W48, 1 TargetNotFound",
		"ARM, a kind without such a list":                  "succeeded, 0 of W48",
		"ARM, no right":                                    "partiallyFailed, 0 of W29, 6 Forbidden",
		"ARM, a busy provider":                             "succeeded, 6 of W29",
		"ARM, a date to come back at":                      "succeeded, 6 of W29",
		"ARM, a bad gateway":                               "succeeded, 6 of W29",
		"ARM, flat":                                        "partiallyFailed, 0 of W29, 6 Refused",
		"the data plane, a user's error":                   "succeeded, 0 of W53",
		"the data plane, throttled":                        "succeeded, 18 of W53",
		"the data plane, a fault of its storage":           "succeeded, 18 of W53",
		"the data plane, not valid":                        "partiallyFailed, 0 of W53, 18 Refused",
		"the data plane, no right within":                  "partiallyFailed, 0 of W53, 18 Forbidden",
		"the model registry":                               "succeeded, 0 of W62i",
		"the model registry, for a moment":                 "succeeded, 6 of W62i",
		"agents":                                           "succeeded, 0 of W71i",
		"a page of a gateway":                              "succeeded, 6 of W29",
		"nothing at all":                                   "partiallyFailed, 0 of W29, 6 Forbidden",
		"the data plane, behind a private link":            "partiallyFailed, 0 of W53, 18 PrivateNetwork",
		"the data plane, closed to the public network":     "partiallyFailed, 0 of W53, 18 PrivateNetwork",
		"the data plane, a user's error of another kind":   "partiallyFailed, 0 of W53, 18 Refused",
		"ARM, a deny assignment":                           "partiallyFailed, 0 of W29, 6 DenyAssignment",
		"ARM, a policy":                                    "partiallyFailed, 0 of W29, 6 DisallowedByPolicy",
		"ARM, a kind whose list has no method":             "succeeded, 0 of W48",
		"ARM, a kind that is not supported":                "succeeded, 0 of W48",
		"ARM, another fault of a list that may be missing": "partiallyFailed, 0 of W48, 1 Refused",
		"storage's XML":                                    "partiallyFailed, 0 of W29, 6 Forbidden",
	}, closedAs)
}
