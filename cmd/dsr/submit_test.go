package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator"
	"azureml-dsr/internal/operator/operatortest"
)

const goodRequest = `{"schemaVersion": "1.0", "id": "req-7", "kind": "export", "scope": [{"subscriptionId": "s"}]}`

func TestSubmitSendsTheRequestUnchangedAndPrintsItsID(t *testing.T) {
	file := filepath.Join(t.TempDir(), "request.json")
	if err := os.WriteFile(file, []byte(goodRequest), 0o600); err != nil {
		t.Fatal(err)
	}

	for _, from := range []string{file, "-"} {
		e, out, _ := testEnv(t, nil)
		e.In = strings.NewReader(goodRequest)
		request, err := readRequest(e, "", from)
		if err != nil {
			t.Fatal(err)
		}
		o, to := operatortest.New(t).Operator(operatortest.Time)
		if err := runSubmit(t.Context(), e, o, request, false); err != nil {
			t.Fatal(err)
		}

		if to.Queue != dsr.QueueRequests || len(to.Messages) != 1 || to.Messages[0].ID != "req-7" || string(to.Messages[0].Body) != goodRequest {
			t.Errorf("%s: sent %+v to %s", from, to.Messages, to.Queue)
		}
		if out.String() != "req-7\n" {
			t.Errorf("%s: printed %q", from, out)
		}
	}
}

func TestSubmitSaysWhoseDocumentsAnExportKeeps(t *testing.T) {
	for body, want := range map[string]string{
		goodRequest: "the export is of everybody in its scope",
		strings.Replace(goodRequest, `"scope"`, `"what": "subject", "subject": {"objectId": "o"}, "scope"`, 1):                                       "the export keeps what is the subject's or names the subject",
		strings.Replace(goodRequest, `"kind": "export"`, `"kind": "delete", "subject": {"objectId": "o"}, "submittedBy": "desk", "dryRun": true`, 1): "",
	} {
		e, out, errs := testEnv(t, nil)
		e.In = strings.NewReader(body)
		request, err := readRequest(e, "", "-")
		if err != nil {
			t.Fatal(err)
		}
		o, _ := operatortest.New(t).Operator(operatortest.Time)
		if err := runSubmit(t.Context(), e, o, request, false); err != nil || out.String() != "req-7\n" {
			t.Errorf("printed %q, %v", out, err)
		}
		if !strings.Contains(errs.String(), want) || (want == "" && errs.Len() > 0) {
			t.Errorf("said %q, want %q", errs, want)
		}
	}
}

func TestSubmitRefusesWhatTheWorkerWouldRefuse(t *testing.T) {
	for name, c := range map[string]struct{ body, want string }{
		"a request without a scope":     {`{"schemaVersion": "1.0", "id": "req-7", "kind": "export"}`, "missing scope"},
		"two faults at once":            {`{"schemaVersion": "1.0", "id": "", "kind": "import", "scope": [{"subscriptionId": "s"}]}`, "/kind: want one of"},
		"a member that no request has":  {`{"schemaVersion": "1.0", "id": "req-7", "kind": "export", "scope": [{"subscriptionId": "s"}], "x": 1}`, "no request has"},
		"a resource type that is not":   {strings.Replace(goodRequest, `"kind"`, `"resourceTypes": ["walks"], "kind"`, 1), "/resourceTypes/0"},
		"what is not JSON":              {"x", "not JSON"},
		"what is longer than a message": {strings.Repeat(" ", operator.MaxRequest+1), "longer than"},
	} {
		t.Run(name, func(t *testing.T) {
			e, out, _ := testEnv(t, nil)
			e.In, e.Now = strings.NewReader(c.body), func() time.Time { return operatortest.Time }
			_, err := readRequest(e, "", "-")
			if cli.ExitCode(err) != cli.ExitUsage || !strings.Contains(err.Error(), c.want) || out.Len() > 0 {
				t.Errorf("got %v, printed %q; want %q", err, out, c.want)
			}
		})
	}

	e, _, _ := testEnv(t, nil)
	if _, err := readRequest(e, "", filepath.Join(t.TempDir(), "none.json")); cli.ExitCode(err) != cli.ExitUsage {
		t.Errorf("a file that isn't there: %v", err)
	}
}

func TestSubmitKnowsTheScopesOfTheSettingsHere(t *testing.T) {
	const names = `{"research": {"subscriptionId": "a"}}`
	byName := strings.Replace(goodRequest, `[{"subscriptionId": "s"}]`, `["research"]`, 1)
	other := strings.Replace(byName, "research", "sales", 1)
	without := strings.Replace(goodRequest, `, "scope": [{"subscriptionId": "s"}]`, "", 1)

	for name, c := range map[string]struct {
		body     string
		settings []string
		want     string // in the refusal; "": it is sent
	}{
		"a name":                            {byName, []string{"DSR_SCOPES", names}, ""},
		"an unknown name":                   {other, []string{"DSR_SCOPES", names}, "there are research"},
		"a name that only the worker knows": {other, nil, ""},
		"no scope":                          {without, []string{"DSR_SCOPES", names}, "DSR_SCOPES names research"},
		"no scope, but a default":           {without, []string{"DSR_SCOPES", names, "DSR_DEFAULT_SCOPE", "research"}, ""},
		"names that can't be read":          {byName, []string{"DSR_SCOPES", "research"}, "must be a JSON object"},
	} {
		t.Run(name, func(t *testing.T) {
			settings := withBase()
			for i := 0; i+1 < len(c.settings); i += 2 {
				settings[c.settings[i]] = c.settings[i+1]
			}
			e, _, _ := testEnv(t, settings)
			e.In = strings.NewReader(c.body)
			_, err := readRequest(e, "", "-")
			if (c.want == "") != (err == nil) || (err != nil && (cli.ExitCode(err) != cli.ExitUsage || !strings.Contains(err.Error(), c.want))) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}
