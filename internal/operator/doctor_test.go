package operator

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

func TestTheDoctorExplainsEachFailure(t *testing.T) {
	storage := func(status int, code string) error {
		return &dsr.Error{Class: dsr.Transient, Status: status, Code: code}
	}
	d := newDoctor(DoctorOptions{})
	queue, container := d.explainQueue(dsr.QueueExports), d.explainStorage("c")
	for name, c := range map[string]struct {
		explain func(error) fault
		err     error
		remedy  string
	}{
		"a queue that isn't there":     {queue, &azservicebus.Error{Code: azservicebus.CodeNotFound}, "servicebus.config.json"},
		"a queue that is refused":      {queue, &azservicebus.Error{Code: azservicebus.CodeUnauthorizedAccess}, "Data Receiver"},
		"a namespace without answer":   {queue, context.DeadlineExceeded, "5671"},
		"a namespace that breaks off":  {queue, errors.New("secret"), "firewall"},
		"a container that isn't there": {container, storage(404, "ContainerNotFound"), "create it"},
		"storage that is refused":      {container, storage(403, "AuthorizationFailure"), "Storage Blob Data Contributor"},
		"an old Azurite":               {container, storage(400, "InvalidHeaderValue"), "--skipApiVersionCheck"},
		"another answer":               {container, storage(500, "InternalError"), "look the code up"},
		"storage that is slow":         {container, context.DeadlineExceeded, "network"},
		"storage without answer":       {container, errors.New("secret"), "Azurite must be running"},
		"storage that overwrites":      {container, errOverwritten, "evidence is not safe"},
		"an index that can't change":   {container, errProtected, "INDEX_CONTAINER"},
	} {
		f := c.explain(c.err)
		if !strings.Contains(f.remedy, c.remedy) || strings.Contains(f.detail+f.remedy+f.command, "secret") || f.command == "" {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

// careless is storage that ignores If-None-Match: every write replaces the blob.
type careless struct{ *memory.Backend }

func (c careless) Put(ctx context.Context, name string, body []byte, _ map[string]string) error {
	return c.Replace(ctx, name, body)
}

func TestTheDoctorFindsStorageThatOverwrites(t *testing.T) {
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

// folders is an account with a hierarchical namespace. With err it does not answer that.
type folders struct {
	*memory.Backend
	err error
}

func (f folders) Hierarchical(context.Context) (bool, error) { return true, f.err }

func TestTheDoctorRefusesAHierarchicalNamespace(t *testing.T) {
	for _, c := range []struct {
		err  error
		ok   bool
		want string
	}{
		{nil, false, "it has a hierarchical namespace"},
		{&dsr.Error{Status: 403}, true, "it may not be asked"},
		{&dsr.Error{Status: 500}, false, ""},
	} {
		d := newDoctor(DoctorOptions{})
		d.checkAccount(t.Context(), folders{memory.New(), c.err})
		if f := onlyFinding(t, d); f.OK != c.ok || f.What != "kind of storage account" || !strings.HasPrefix(f.Detail, c.want) || f.OK != (f.Remedy == "") || f.OK != (f.Command == "") {
			t.Errorf("%v: found %+v", c.err, f)
		}
	}
}

// onlyFinding returns the finding of a doctor that has run one check.
func onlyFinding(t *testing.T, d *doctor) Finding {
	t.Helper()
	if len(d.findings) != 1 {
		t.Fatalf("%d findings: %+v", len(d.findings), d.findings)
	}
	return d.findings[0]
}

// protected is a container with a policy or a legal hold. With err it does not answer that.
type protected struct {
	*memory.Backend
	policy, hold bool
	err          error
}

func (p protected) Protected(context.Context) (policy, hold bool, err error) {
	return p.policy, p.hold, p.err
}

func TestTheDoctorRefusesAnIndexThatCannotChange(t *testing.T) {
	for _, c := range []struct {
		in             protected
		ok             bool
		detail, remedy string
	}{
		{protected{}, true, "it has neither", ""},
		{protected{policy: true}, false, "an immutability policy or a legal hold keeps its blobs", "remove it"},
		{protected{hold: true}, false, "an immutability policy or a legal hold keeps its blobs", "remove it"},
		{protected{err: &dsr.Error{Status: 500}}, false, "", ""},
	} {
		c.in.Backend = memory.New()
		d := newDoctor(DoctorOptions{})
		d.checkProtection(t.Context(), namedContainer{"index", c.in})
		if f := onlyFinding(t, d); f.OK != c.ok || f.What != "policies on index" || !strings.HasPrefix(f.Detail, c.detail) || !strings.HasPrefix(f.Remedy, c.remedy) {
			t.Errorf("found %+v", f)
		}
	}
}

func TestTheDoctorFindsWhoMayRequestAndApprove(t *testing.T) {
	refused := &azservicebus.Error{Code: azservicebus.CodeUnauthorizedAccess}
	both := map[string]error{}
	for name, c := range map[string]struct {
		deletes, approval, emulator bool
		answers                     map[string]error
		found, ok                   bool
	}{
		"who may send to both":                {true, true, false, both, true, false},
		"who may only request":                {true, true, false, map[string]error{dsr.QueueApprovals: refused}, true, true},
		"who may only approve":                {true, true, false, map[string]error{dsr.QueueRequests: refused}, true, true},
		"where nothing is deleted":            {false, true, false, both, false, false},
		"where nobody has to approve":         {true, false, false, both, false, false},
		"where an emulator allows everything": {true, true, true, both, false, false},
	} {
		d := newDoctor(DoctorOptions{})
		d.settings.DeletesEnabled, d.settings.RequireApproval = c.deletes, c.approval
		if c.emulator {
			d.settings.ServiceBus.ConnectionString = "Endpoint=sb://127.0.0.1;UseDevelopmentEmulator=true"
		}
		d.checkHands(t.Context(), func(_ context.Context, queue string) error { return c.answers[queue] })
		if len(d.findings) > 0 != c.found || (c.found && (d.findings[0].OK != c.ok || (d.findings[0].Remedy == "") != c.ok)) {
			t.Errorf("%s: found %+v", name, d.findings)
		}
	}
}
