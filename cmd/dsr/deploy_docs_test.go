package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	azuremldsr "azureml-dsr"
	"azureml-dsr/internal/config"
)

// fakeTool stands in for az, make and dsr. It records its arguments, a line for each, and
// answers what the page asks az for.
const fakeTool = `#!/bin/sh
{ echo "== ${0##*/}"; for arg; do printf '%s\n' "$arg"; done; } >> "$CALLS"
case "$*" in
"account show "*) echo sub-1 ;;
"ad signed-in-user show "*) echo operator ;;
"identity show "*"--query id "*) echo identity ;;
"identity show "*"--query clientId "*) echo client ;;
"identity show "*"--query principalId "*) echo worker ;;
esac
`

// deployed runs all blocks of docs/deploy.md and returns the calls that they make.
func deployed(t *testing.T) (calls [][]string) {
	t.Helper()
	bin, work := t.TempDir(), t.TempDir()
	for _, tool := range []string{filepath.Join(bin, "az"), filepath.Join(bin, "make"), filepath.Join(work, ".bin", "dsr")} {
		if err := os.MkdirAll(filepath.Dir(tool), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(tool, []byte(fakeTool), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, folder := range []string{"deploy", "infra"} {
		if err := os.CopyFS(filepath.Join(work, folder), os.DirFS("../../"+folder)); err != nil {
			t.Fatal(err)
		}
	}

	cmd := exec.CommandContext(t.Context(), "bash", "-c", strings.Join(blocks(t, "../../docs/deploy.md", "bash"), "\n"))
	cmd.Dir = work
	log := filepath.Join(work, "calls")
	cmd.Env = append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"), "CALLS="+log)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("the page's commands fail (they need bash and jq): %v\n%s", err, out)
	}

	for call := range strings.SplitSeq(strings.TrimPrefix(readText(t, log), "== "), "\n== ") {
		calls = append(calls, strings.Split(strings.TrimSuffix(call, "\n"), "\n"))
	}

	return calls
}

// blocks returns a page's fenced blocks of a language.
func blocks(t *testing.T, page, language string) (out []string) {
	t.Helper()
	for _, m := range regexp.MustCompile("(?s)```"+language+"\n(.*?)```").FindAllStringSubmatch(readText(t, page), -1) {
		out = append(out, m[1])
	}
	return out
}

// called returns the arguments of the calls that begin with these words.
func called(calls [][]string, words string) (out [][]string) {
	for _, c := range calls {
		if n := len(strings.Fields(words)); len(c) >= n && strings.Join(c[:n], " ") == words {
			out = append(out, c[n:])
		}
	}
	return out
}

// flags returns the values of flags; one without a value has "".
func flags(args []string) map[string]string {
	out := map[string]string{}
	for i, a := range args {
		if !strings.HasPrefix(a, "--") {
			continue
		}
		out[a] = ""
		if i+1 < len(args) && !strings.HasPrefix(args[i+1], "--") {
			out[a] = args[i+1]
		}
	}
	return out
}

func TestTheDeployPageCreatesTheQueuesOfTheConfiguration(t *testing.T) {
	var queues struct {
		UserConfig struct {
			Namespaces []struct {
				Queues []struct {
					Name       string
					Properties struct {
						LockDuration, DefaultMessageTimeToLive, DuplicateDetectionHistoryTimeWindow   string
						MaxDeliveryCount                                                              json.Number
						DeadLetteringOnMessageExpiration, RequiresDuplicateDetection, RequiresSession json.RawMessage
					}
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(azuremldsr.QueuesJSON), &queues); err != nil {
		t.Fatal(err)
	}

	var want []map[string]string
	for _, q := range queues.UserConfig.Namespaces[0].Queues {
		p := q.Properties
		flags := map[string]string{
			"--name": q.Name, "--namespace-name": "dsrcontoso", "--resource-group": "dsr", "--output": "none",
			"--lock-duration": p.LockDuration, "--max-delivery-count": p.MaxDeliveryCount.String(),
			"--default-message-time-to-live":                p.DefaultMessageTimeToLive,
			"--enable-dead-lettering-on-message-expiration": string(p.DeadLetteringOnMessageExpiration),
			"--enable-duplicate-detection":                  string(p.RequiresDuplicateDetection),
			"--enable-session":                              string(p.RequiresSession),
		}

		if p.DuplicateDetectionHistoryTimeWindow != "" {
			flags["--duplicate-detection-history-time-window"] = p.DuplicateDetectionHistoryTimeWindow
		}

		want = append(want, flags)
	}

	var got []map[string]string
	for _, args := range called(deployed(t), "az servicebus queue create") {
		got = append(got, flags(args))
	}

	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-configuration +page):\n%s", diff)
	}
}

func TestTheDeployPagesSettingsAreThoseThatTheWorkerReads(t *testing.T) {
	calls := called(deployed(t), "az functionapp config appsettings set")
	if len(calls) != 1 {
		t.Fatalf("%d calls set app settings", len(calls))
	}

	settings := map[string]string{}
	for _, arg := range calls[0] {
		if name, value, ok := strings.Cut(arg, "="); ok {
			settings[name] = value
		}
	}

	s, err := config.Load(config.FromMap(settings))
	if err != nil {
		t.Fatal(err)
	}

	if want := (config.Connection{Address: "dsrcontoso.servicebus.windows.net", ManagedIdentity: true, ClientID: "client"}); s.ServiceBus != want {
		t.Errorf("the namespace is %+v", s.ServiceBus)
	}
	if want := (config.Connection{Address: "https://dsrcontoso.blob.core.windows.net", ManagedIdentity: true, ClientID: "client"}); s.Storage != want {
		t.Errorf("the storage is %+v", s.Storage)
	}
	if diff := cmp.Diff([]string{"/subscriptions/sub-1/resourceGroups/research"}, s.AllowedScopes); diff != "" {
		t.Errorf("the scopes (-want +got):\n%s", diff)
	}

	page := readText(t, "../../docs/configuration.md")
	for name := range settings {
		base, _, _ := strings.Cut(name, "__")
		if !strings.Contains(page, "`"+name) && !strings.Contains(page, "`"+base+"`") {
			t.Errorf("%s is set and not in docs/configuration.md", name)
		}
	}

	for _, schedule := range []string{"WATCH_SCHEDULE", "BULK_EXPORT_SCHEDULE"} { // the host resolves them
		if len(strings.Fields(settings[schedule])) != 6 {
			t.Errorf("%s is %q", schedule, settings[schedule])
		}
	}
}

func TestTheDeployPageGrantsNoMoreThanItSays(t *testing.T) {
	const (
		queues = "/subscriptions/sub-1/resourceGroups/dsr/providers/Microsoft.ServiceBus/namespaces/dsrcontoso/queues/"
		stores = "/subscriptions/sub-1/resourceGroups/dsr/providers/Microsoft.Storage/storageAccounts/"
		blobs  = stores + "dsrcontoso/blobServices/default/containers/"
	)

	want := map[string]bool{
		"ServicePrincipal worker DSR Queue Reader (dsr) " + strings.TrimSuffix(queues, "/queues/"):                                                        true,
		"ServicePrincipal worker DSR Message Receiver (dsr) " + queues + "dsr-approvals":                                                                  true,
		"ServicePrincipal worker DSR Azure ML Reader (dsr) /subscriptions/sub-1/resourceGroups/research":                                                  true,
		"ServicePrincipal worker Storage Blob Data Owner " + stores + "dsrcontosohost":                                                                    true,
		"ServicePrincipal worker Monitoring Metrics Publisher /subscriptions/sub-1/resourceGroups/dsr/providers/Microsoft.Insights/components/dsrcontoso": true,
	}
	for _, who := range []string{"ServicePrincipal worker", "User operator"} {
		for _, q := range []string{"dsr-requests", "dsr-exports", "dsr-deletes", "dsr-callbacks", "dsr-copies", "dsr-closings"} {
			want[who+" DSR Message Receiver (dsr) "+queues+q] = true
			want[who+" DSR Message Sender (dsr) "+queues+q] = true
		}
		want[who+" DSR Blob Worker (dsr) "+blobs+"dsr-exports"] = true
		want[who+" DSR Evidence Writer (dsr) "+blobs+"dsr-audit"] = true
		want[who+" DSR Blob Worker (dsr) "+blobs+"dsr-index"] = true
	}

	got := map[string]bool{}
	for _, args := range called(deployed(t), "az role assignment create") {
		f := flags(args)
		got[f["--assignee-principal-type"]+" "+f["--assignee-object-id"]+" "+f["--role"]+" "+f["--scope"]] = true
	}

	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +page):\n%s", diff)
	}
}

// TestTheDeployPageDefinesTheRolesThatItGrants compares the definitions with the files.
func TestTheDeployPageDefinesTheRolesThatItGrants(t *testing.T) {
	calls := deployed(t)
	defined := map[string]bool{}
	for _, args := range called(calls, "az role definition create") {
		var role struct {
			Name                 string
			Actions, DataActions []string
			AssignableScopes     []string
		}
		if err := json.Unmarshal([]byte(flags(args)["--role-definition"]), &role); err != nil {
			t.Fatal(err)
		}
		defined[role.Name] = true
		if len(role.Actions)+len(role.DataActions) == 0 || !cmp.Equal(role.AssignableScopes, []string{"/subscriptions/sub-1"}) {
			t.Errorf("the role is %+v", role)
		}
	}

	for _, args := range called(calls, "az role assignment create") {
		if role := flags(args)["--role"]; strings.HasPrefix(role, "DSR ") && !defined[role] {
			t.Errorf("%s is granted and not defined", role)
		}
	}
	for _, args := range called(calls, "az role definition delete") {
		delete(defined, flags(args)["--name"])
	}
	for role := range defined {
		t.Errorf("%s is not removed again", role)
	}
}
