package infra_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"azureml-dsr/test/infra/bicep"
)

// grants returns the role assignments of a file, each as the role and what it is on.
func grants(t *testing.T, file string) (out []string) {
	t.Helper()
	f := parse(t, file)
	v := values{t, f, map[string]any{"storageName": "documents", "hostName": "host", "namespaceName": "queues", "insightsName": "logs"}}
	for _, r := range f.Resources {
		if r.Existing {
			continue
		}
		if r.Type != "Microsoft.Authorization/roleAssignments" {
			t.Errorf("%s makes a %s", file, r.Type)
		}
		out = append(out, assignments(t, v, r)...)
	}
	slices.Sort(out)
	return out
}

func assignments(t *testing.T, v values, r bicep.Resource) (out []string) {
	t.Helper()
	properties := body(t, r, "properties").(bicep.Object)
	id, _ := properties.Get("roleDefinitionId")
	role := string(id.(bicep.Call).Args[1].(bicep.Name))
	on := ""
	if r.If != nil {
		on = " if " + string(r.If.(bicep.Name))
	}

	scope, scoped := r.Body.Get("scope")
	switch scope := scope.(type) {
	case bicep.Name:
		on += " on " + v.of(body(t, find(t, v.file, string(scope)), "name")).(string)
	case bicep.Index:
		target := find(t, v.file, string(scope.Of.(bicep.Name)))
		if !cmp.Equal(target.Loop.In, r.Loop.In) {
			t.Errorf("%s is not granted on what it loops over", r.Symbol)
		}
		for _, item := range v.of(r.Loop.In).([]any) {
			out = append(out, role+on+" on "+item.(string))
		}
		return out
	default:
		if scoped {
			t.Errorf("the scope of %s is not known", r.Symbol)
		}
	}

	return []string{role + on}
}

func TestWhoIsGrantedWhat(t *testing.T) {
	ofEach := func(role string, names ...string) (out []string) {
		for _, n := range names {
			out = append(out, role+" on "+n)
		}
		return out
	}
	all := queueNames(t)
	but := slices.DeleteFunc(slices.Clone(all), func(q string) bool { return q == "dsr-approvals" })
	containers := []string{
		"blobWorker on documents/default/dsr-exports",
		"blobWorker on documents/default/dsr-index",
		"evidenceWriter on documents/default/dsr-audit",
	}

	for file, want := range map[string][]string{
		"app/worker-grants.bicep": slices.Concat(containers, ofEach("messageReceiver", all...), ofEach("messageSender", but...), []string{
			"queueReader on queues", "blobDataOwner on host", "monitoringMetricsPublisher on logs",
		}),
		"app/operator-grants.bicep":     slices.Concat(containers, ofEach("messageReceiver", but...), ofEach("messageSender", but...)),
		"app/group-grants.bicep":        {"reader", "deleter if deletesEnabled"},
		"app/subscription-grants.bicep": {"reader", "deleter if deletesEnabled"},
	} {
		slices.Sort(want)
		if diff := cmp.Diff(want, grants(t, file)); diff != "" {
			t.Errorf("%s (-want +template):\n%s", file, diff)
		}
	}
}

// TestNobodyGetsTheRoleOfAnother follows the outputs of roles.bicep through main.bicep.
func TestNobodyGetsTheRoleOfAnother(t *testing.T) {
	f := parse(t, "main.bicep")
	aliases := map[string]string{"reader": "mlReader", "deleter": "mlDeleter"}
	found := 0
	for _, r := range f.Resources {
		if r.Symbol == "roles" || r.Module == "" {
			continue
		}
		for _, p := range body(t, r, "params").(bicep.Object) {
			m, ok := p.Value.(bicep.Member)
			of, _ := m.Of.(bicep.Member)
			if !ok || of.Of != bicep.Name("roles") {
				continue
			}
			found++
			key, _ := p.Key.Literal()
			if want := aliases[key]; m.Name != key && m.Name != want {
				t.Errorf("%s gets %s as its %s", r.Symbol, m.Name, key)
			}
		}
	}
	if found < 10 {
		t.Errorf("only %d roles are passed on", found)
	}
}
