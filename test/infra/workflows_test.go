package infra_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestEveryActionIsPinned(t *testing.T) {
	files, err := filepath.Glob(root + ".github/workflows/*.yml")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d workflows, %v", len(files), err)
	}

	uses := regexp.MustCompile(`(?m)^\s*-? ?uses: (.*)$`)
	pinned := regexp.MustCompile(`^[\w-]+/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$`)
	commits := map[string]string{}
	for _, f := range files {
		text := readText(t, strings.TrimPrefix(f, root))
		if !strings.Contains(text, "\npermissions:\n  contents: read\n") {
			t.Errorf("%s may do more than read", f)
		}
		for _, m := range uses.FindAllStringSubmatch(text, -1) {
			if !pinned.MatchString(m[1]) {
				t.Errorf("%s uses %s", f, m[1])
			}
			action, commit, _ := strings.Cut(m[1], "@")
			if before, ok := commits[action]; ok && before != commit {
				t.Errorf("%s is used as %s and as %s", action, before, commit)
			}
			commits[action] = commit
		}
	}
}

// TestTheComparisonWithMicrosoftsCompilerSeesWhatDiffers runs the filter of the workflow.
func TestTheComparisonWithMicrosoftsCompilerSeesWhatDiffers(t *testing.T) {
	m := regexp.MustCompile(`(?s)jq --sort-keys '(.*?)' "\$1"`).FindStringSubmatch(readText(t, ".github/workflows/infra.yml"))
	if m == nil {
		t.Fatal("the workflow has no filter")
	}
	committed, err := os.ReadFile(root + "infra/main.json")
	if err != nil {
		t.Fatal(err)
	}
	plain := filter(t, m[1], decode(t, committed))

	for name, tt := range map[string]struct {
		change func(template map[string]any)
		same   bool
	}{
		"nothing":              {func(map[string]any) {}, true},
		"the compiler's stamp": {stamp, true},
		"another order of dependencies": {func(template map[string]any) {
			slices.Reverse(resource(template, "worker")["dependsOn"].([]any))
		}, true},
		"a dependency": {func(template map[string]any) {
			r := resource(template, "worker")
			r["dependsOn"] = r["dependsOn"].([]any)[1:]
		}, false},
		"a setting of a module": {func(template map[string]any) {
			inner(resource(template, "storage"))["resources"].([]any)[0].(map[string]any)["properties"].(map[string]any)["allowSharedKeyAccess"] = true
		}, false},
		"a description": {func(template map[string]any) {
			delete(template["parameters"].(map[string]any)["location"].(map[string]any), "metadata")
		}, false},
	} {
		template := decode(t, committed).(map[string]any)
		tt.change(template)
		if same := bytes.Equal(plain, filter(t, m[1], template)); same != tt.same {
			t.Errorf("%s: same is %t", name, same)
		}
	}
}

// TestTheEmulatorTakesTheQueuesOfTheDemo changes the queues as deploy/demo-func.sh does, and
// holds them to the emulator's bounds.
func TestTheEmulatorTakesTheQueuesOfTheDemo(t *testing.T) {
	m := regexp.MustCompile(`(?m)^sed '(.*)' deploy/servicebus.config.json`).FindStringSubmatch(readText(t, "deploy/demo-func.sh"))
	if m == nil {
		t.Fatal("the script does not change the queues")
	}
	cmd := exec.CommandContext(t.Context(), "sed", m[1], root+"deploy/servicebus.config.json")
	queues, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}

	rules := readPublished(t)
	for _, fault := range rules.check("emulator.config.json", decode(t, queues), nil) {
		t.Error(fault)
	}
	if faults := rules.check("emulator.config.json", decode(t, []byte(readText(t, "deploy/servicebus.config.json"))), nil); len(faults) == 0 {
		t.Error("the queues of Azure are the emulator's too: the script need not change them")
	}
}

// TestTheDemoKnowsEveryFunction compares deploy/demo-func.sh with the functions' folders.
func TestTheDemoKnowsEveryFunction(t *testing.T) {
	m := regexp.MustCompile(`(?m)^functions=\((.*)\)$`).FindStringSubmatch(readText(t, "deploy/demo-func.sh"))
	if m == nil {
		t.Fatal("the script names no functions")
	}
	folders, err := os.ReadDir(root + "functions")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, f := range folders {
		want = append(want, f.Name())
	}
	if got := strings.Fields(m[1]); !slices.Equal(got, want) {
		t.Errorf("the script has %v, the folder %v", got, want)
	}
}

// stamp adds what the compiler says of itself to a template and those within it.
func stamp(template map[string]any) {
	template["metadata"] = map[string]any{"_generator": map[string]any{"name": "bicep"}}
	for _, r := range template["resources"].([]any) {
		properties, _ := r.(map[string]any)["properties"].(map[string]any)
		if within, ok := properties["template"].(map[string]any); ok {
			stamp(within)
		}
	}
}

func resource(template map[string]any, name string) map[string]any {
	for _, r := range template["resources"].([]any) {
		if r := r.(map[string]any); r["name"] == name {
			return r
		}
	}
	return nil
}

func inner(r map[string]any) map[string]any {
	return r["properties"].(map[string]any)["template"].(map[string]any)
}

// filter runs jq.
func filter(t *testing.T, program string, input any) []byte {
	t.Helper()
	text, err := json.Marshal(input)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "jq", "--sort-keys", program)
	cmd.Stdin = bytes.NewReader(text)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("jq: %v", err)
	}
	return out
}
