package main

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/archive/memory"
	"azureml-dsr/internal/dsr"
)

func TestEachFailureHasItsRemedy(t *testing.T) {
	storage := func(status int, code string) error {
		return &dsr.Error{Class: dsr.Transient, Status: status, Code: code}
	}
	for name, c := range map[string]struct {
		explain func(error) (string, string)
		err     error
		remedy  string
	}{
		"a queue that isn't there":     {explainQueue, &azservicebus.Error{Code: azservicebus.CodeNotFound}, "servicebus.config.json"},
		"a queue that is refused":      {explainQueue, &azservicebus.Error{Code: azservicebus.CodeUnauthorizedAccess}, "Data Receiver"},
		"a namespace without answer":   {explainQueue, context.DeadlineExceeded, "5671"},
		"a namespace that breaks off":  {explainQueue, errors.New("secret"), "firewall"},
		"a container that isn't there": {explainStorage, storage(404, "ContainerNotFound"), "create it"},
		"storage that is refused":      {explainStorage, storage(403, "AuthorizationFailure"), "Storage Blob Data Contributor"},
		"an old Azurite":               {explainStorage, storage(400, "InvalidHeaderValue"), "--skipApiVersionCheck"},
		"another answer":               {explainStorage, storage(500, "InternalError"), "look the code up"},
		"storage that is slow":         {explainStorage, context.DeadlineExceeded, "network"},
		"storage without answer":       {explainStorage, errors.New("secret"), "Azurite must be running"},
		"storage that overwrites":      {explainStorage, errOverwritten, "evidence is not safe"},
		"an index that can't change":   {explainStorage, errProtected, "INDEX_CONTAINER"},
	} {
		detail, remedy := c.explain(c.err)
		if !strings.Contains(remedy, c.remedy) || strings.Contains(detail+remedy, "secret") {
			t.Errorf("%s: %s; %s", name, detail, remedy)
		}
	}
}

// careless is storage that takes every write.
type careless struct{ *memory.Backend }

func (c careless) Put(ctx context.Context, name string, body []byte, _ map[string]string) error {
	return c.Replace(ctx, name, body)
}

func TestStorageThatOverwritesIsFound(t *testing.T) {
	store := careless{memory.New()}
	if err := writeOnce(t.Context(), store, "_doctor/1"); !errors.Is(err, errOverwritten) {
		t.Errorf("got %v", err)
	}
	if _, err := store.Stat(t.Context(), "_doctor/1"); !errors.Is(err, archive.ErrNotFound) {
		t.Errorf("a blob was left: %v", err)
	}
	if err := writeOnce(t.Context(), memory.New(), "_doctor/1"); err != nil {
		t.Errorf("careful storage: %v", err)
	}
}

// folders is an account with a hierarchical namespace, or one that doesn't tell.
type folders struct {
	*memory.Backend
	err error
}

func (f folders) Hierarchical(context.Context) (bool, error) { return true, f.err }

func TestAnAccountWithFoldersIsRefused(t *testing.T) {
	for _, c := range []struct {
		err    error
		failed int
		want   string
	}{
		{nil, 1, "FAIL  kind of storage account  it has a hierarchical namespace"},
		{&dsr.Error{Status: 403}, 0, "ok  kind of storage account  it may not be asked"},
		{&dsr.Error{Status: 500}, 1, "FAIL  kind of storage account"},
	} {
		a, out, _ := testApp(t, nil)
		d := &doctor{findings: &findings{cli: a}, timeout: patience}
		d.checkAccount(t.Context(), folders{memory.New(), c.err})
		if !strings.HasPrefix(out.String(), c.want) || d.failed != c.failed {
			t.Errorf("printed %q", out)
		}
	}
}

// protected is a container with a policy or a legal hold, or one that doesn't tell.
type protected struct {
	*memory.Backend
	policy, hold bool
	err          error
}

func (p protected) Protected(context.Context) (policy, hold bool, err error) {
	return p.policy, p.hold, p.err
}

func TestAnIndexThatCannotChangeIsRefused(t *testing.T) {
	for _, c := range []struct {
		in     protected
		failed int
		want   string
	}{
		{protected{}, 0, "ok  policies on index"},
		{protected{policy: true}, 1, "FAIL  policies on index  an immutability policy or a legal hold keeps its blobs  remove it"},
		{protected{hold: true}, 1, "FAIL  policies on index  an immutability policy or a legal hold keeps its blobs  remove it"},
		{protected{err: &dsr.Error{Status: 500}}, 1, "FAIL  policies on index"},
	} {
		c.in.Backend = memory.New()
		a, out, _ := testApp(t, nil)
		d := &doctor{findings: &findings{cli: a}, timeout: patience}
		d.checkProtection(t.Context(), namedContainer{"index", c.in})
		if !strings.HasPrefix(out.String(), c.want) || d.failed != c.failed {
			t.Errorf("printed %q", out)
		}
	}
}
