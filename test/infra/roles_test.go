package infra_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"azureml-dsr/internal/azureml"
	"azureml-dsr/test/infra/bicep"
)

// role is a role definition as the file has it.
type role struct {
	Name, Description                                string
	Actions, NotActions, DataActions, NotDataActions []string
}

// roles returns the role definitions by their files' names.
func roles(t *testing.T) map[string]role {
	t.Helper()
	files, err := filepath.Glob(root + "infra/roles/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d roles, %v", len(files), err)
	}

	out := map[string]role{}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		fields := decode(t, body).(map[string]any)
		list := func(key string) (out []string) {
			items, ok := fields[key].([]any)
			if !ok {
				t.Errorf("%s has no %s", file, key)
			}
			for _, item := range items {
				out = append(out, item.(string))
			}
			return out
		}
		out[strings.TrimSuffix(filepath.Base(file), ".json")] = role{
			Name:           fields["name"].(string),
			Description:    fields["description"].(string),
			Actions:        list("actions"),
			NotActions:     list("notActions"),
			DataActions:    list("dataActions"),
			NotDataActions: list("notDataActions"),
		}
	}

	return out
}

// allows reports whether one of the actions, which may hold wildcards, is this one.
func allows(actions []string, action string) bool {
	return slices.ContainsFunc(actions, func(a string) bool {
		pattern := "(?i)^" + strings.ReplaceAll(regexp.QuoteMeta(a), `\*`, ".*") + "$"
		return regexp.MustCompile(pattern).MatchString(action)
	})
}

// never are actions that no role of ours may allow: keys, tokens and the right to grant.
var never = []string{
	"Microsoft.MachineLearningServices/workspaces/listKeys/action",
	"Microsoft.MachineLearningServices/workspaces/listNotebookAccessToken/action",
	"Microsoft.MachineLearningServices/workspaces/listStorageAccountKeys/action",
	"Microsoft.MachineLearningServices/workspaces/datastores/listSecrets/action",
	"Microsoft.MachineLearningServices/workspaces/onlineEndpoints/listKeys/action",
	"Microsoft.MachineLearningServices/workspaces/onlineEndpoints/token/action",
	"Microsoft.MachineLearningServices/workspaces/computes/listKeys/action",
	"Microsoft.MachineLearningServices/workspaces/connections/listsecrets/action",
	"Microsoft.MachineLearningServices/workspaces/write",
	"Microsoft.MachineLearningExperimentation/accounts/listKeys/action",
	"Microsoft.MachineLearningModelManagement/accounts/listKeys/action",
	"Microsoft.Storage/storageAccounts/listKeys/action",
	"Microsoft.Storage/storageAccounts/blobServices/containers/delete",
	"Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies/write",
	"Microsoft.ServiceBus/namespaces/authorizationRules/listKeys/action",
	"Microsoft.ServiceBus/namespaces/queues/authorizationRules/listKeys/action",
	"Microsoft.ServiceBus/namespaces/queues/write",
	"Microsoft.ServiceBus/namespaces/queues/delete",
	"Microsoft.Authorization/roleAssignments/write",
}

func TestEachRoleAllowsWhatItsHolderDoesAndNothingElse(t *testing.T) {
	const (
		blobs    = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/"
		messages = "Microsoft.ServiceBus/namespaces/messages/"
	)
	data := []string{blobs + "read", blobs + "write", blobs + "add/action", blobs + "delete", messages + "receive/action", messages + "send/action"}
	want := map[string][]string{
		"queue-reader":     nil,
		"message-receiver": {messages + "receive/action"},
		"message-sender":   {messages + "send/action"},
		"blob-worker":      {blobs + "read", blobs + "write", blobs + "add/action", blobs + "delete"},
		"evidence-writer":  {blobs + "read", blobs + "write", blobs + "add/action"},
		"ml-reader":        nil,
		"ml-deleter":       nil,
	}

	got := map[string][]string{}
	for name, r := range roles(t) {
		got[name] = nil
		for _, action := range data {
			if allows(r.DataActions, action) {
				got[name] = append(got[name], action)
			}
		}
		for _, action := range never {
			if allows(r.Actions, action) || allows(r.DataActions, action) {
				t.Errorf("%s allows %s", name, action)
			}
		}
		for _, action := range r.Actions {
			if name != "ml-deleter" && !strings.HasSuffix(action, "/read") {
				t.Errorf("%s does more than read: %s", name, action)
			}
		}
	}

	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("data actions (-want +files):\n%s", diff)
	}
	if !allows(roles(t)["queue-reader"].Actions, "Microsoft.ServiceBus/namespaces/queues/read") {
		t.Error("the platform could not see how long the queues are")
	}
}

// action returns the action of a call to a resource of Resource Manager, such as
// Microsoft.X/accounts/projects/read, and false for another service's resource.
func action(path, verb string) (string, bool) {
	_, below, ok := strings.Cut(path, "/providers/Microsoft.")
	if !ok {
		return "", false
	}
	segments := strings.Split(strings.SplitN(below, "?", 2)[0], "/")
	parts := []string{"Microsoft." + segments[0]}
	for i := 1; i < len(segments); i += 2 {
		parts = append(parts, segments[i])
	}
	return strings.Join(append(parts, verb), "/"), true
}

// TestTheRolesReadAndDeleteWhatTheCatalogueHas turns the rows of Resource Manager into the
// actions that they need.
func TestTheRolesReadAndDeleteWhatTheCatalogueHas(t *testing.T) {
	defined := roles(t)
	rows, reads, deletes := map[string]azureml.Operation{}, 0, 0
	for _, op := range azureml.Catalogue() {
		rows[op.ID] = op
		if need, ok := action(op.Path, "read"); ok {
			reads++
			if !allows(defined["ml-reader"].Actions, need) {
				t.Errorf("%s reads by %s, which the role does not allow", op.ID, need)
			}
		}
	}

	for _, op := range azureml.DeleteOperations() {
		row := rows[op.Reads]
		if op.By != "" {
			row = rows[op.By]
		}
		need, ok := action(row.Path, "delete")
		if !ok || op.Path != "" {
			continue
		}
		deletes++
		if !allows(defined["ml-deleter"].Actions, need) {
			t.Errorf("%s deletes by %s, which the role does not allow", op.ID, need)
		}
		if allows(defined["ml-reader"].Actions, need) {
			t.Errorf("the reading role allows %s", need)
		}
	}

	if reads < 30 || deletes < 20 {
		t.Errorf("only %d rows that read and %d that delete were found", reads, deletes)
	}
}

// TestTheRolesOfTheFilesAreDefined compares the outputs of roles.bicep with the files.
func TestTheRolesOfTheFilesAreDefined(t *testing.T) {
	f := parse(t, "app/roles.bicep")
	definitions := (values{t, f, nil}).variable("definitions").([]any)
	files := roles(t)
	if len(definitions) != len(files) || len(f.Outputs) != len(files) {
		t.Fatalf("%d files, %d definitions, %d outputs", len(files), len(definitions), len(f.Outputs))
	}

	for _, o := range f.Outputs {
		call := o.Value.(bicep.Call)
		name := (values{t, f, nil}).of(call.Args[2])
		if want := files[kebab(o.Name)].Name; name != want {
			t.Errorf("%s is the role %v, not %q", o.Name, name, want)
		}
	}
}

// TestThePageNamesEachRole holds the table of docs/deploy.md.
func TestThePageNamesEachRole(t *testing.T) {
	_, table, _ := strings.Cut(readText(t, "docs/deploy.md"), "| who | role | scope | what for |\n")
	table, _, _ = strings.Cut(table, "\n\n")
	defined := map[string]bool{}
	for file, r := range roles(t) {
		defined[r.Name] = true
		if !strings.Contains(table, r.Name) {
			t.Errorf("%s, %s, is not in the table", file, r.Name)
		}
	}
	for _, name := range regexp.MustCompile(`DSR [A-Z]\w+( ML)? [A-Z]\w+`).FindAllString(table, -1) {
		if !defined[name] {
			t.Errorf("the table names %s, which no file defines", name)
		}
	}
}

// kebab turns queueReader into queue-reader.
func kebab(name string) string {
	return strings.ToLower(regexp.MustCompile(`([a-z])([A-Z])`).ReplaceAllString(name, "$1-$2"))
}
