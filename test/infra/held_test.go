package infra_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// deployed is all that is deployed, decoded, by its file.
type deployed map[string]any

// readDeployed reads it.
func readDeployed(t *testing.T) deployed {
	t.Helper()
	out := deployed{
		"azure.yaml":               decodeYAML(t, readText(t, "azure.yaml")),
		"host.json":                decode(t, []byte(readText(t, "host.json"))),
		"servicebus.config.json":   decode(t, []byte(readText(t, "deploy/servicebus.config.json"))),
		"infra/main.json":          decode(t, []byte(readText(t, "infra/main.json"))),
		"app settings of a deploy": settingsOf(t),
	}
	for _, pattern := range []string{"functions/*/function.json", "infra/roles/*.json"} {
		files, err := fs.Glob(os.DirFS(root), pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%d of %s, %v", len(files), pattern, err)
		}
		for _, f := range files {
			out[f] = decode(t, []byte(readText(t, f)))
		}
	}
	return out
}

// settingsOf returns the settings of the template that the platform reads.
func settingsOf(t *testing.T) any {
	t.Helper()
	out := map[string]any{}
	rules := readPublished(t)["appsettings"]
	for name, value := range settings(t, nil) {
		if _, ok := rules[name]; ok {
			out[name] = value
		}
	}
	if len(out) != len(rules) {
		t.Errorf("the template has %d of the %d settings that the platform reads", len(out), len(rules))
	}
	return out
}

// faults returns all that is not as it was published.
func (d deployed) faults(p published) (faults []string) {
	for name, document := range d {
		switch {
		case name == "infra/main.json":
			faults = append(faults, p.checkTemplate(document)...)
		case filepath.Base(name) == "function.json":
			for _, b := range document.(map[string]any)["bindings"].([]any) {
				kind, _ := b.(map[string]any)["type"].(string)
				faults = append(faults, p.check("function.json", map[string]any{kind: b}, nil)...)
			}
		case strings.HasPrefix(name, "infra/roles/"):
			faults = append(faults, p.check("infra/roles", document, nil)...)
		case strings.HasPrefix(name, "app settings"):
			faults = append(faults, p.check("appsettings", document, nil)...)
		default:
			faults = append(faults, p.check(name, document, nil)...)
		}
	}
	return faults
}

// checkTemplate checks each resource of a template.
func (p published) checkTemplate(template any) (faults []string) {
	s := scope{template: template.(map[string]any)}
	s.each(func(r map[string]any, resolve resolver) {
		own := map[string]any{}
		for key, value := range r {
			switch key {
			case "type", "apiVersion", "name", "dependsOn", "condition", "copy", "scope":
			default:
				own[key] = value
			}
		}
		kind, _ := r["type"].(string)
		faults = append(faults, p.check(kind, own, resolve)...)
	})
	return faults
}

// decodeYAML decodes the few forms that azure.yaml has: comments, and members with a text or
// with members of their own.
func decodeYAML(t *testing.T, text string) any {
	t.Helper()
	top := map[string]any{}
	open := []map[string]any{top}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		entry := strings.TrimLeft(line, " ")
		if entry == "" || strings.HasPrefix(entry, "#") {
			continue
		}
		key, value, ok := strings.Cut(entry, ":")
		depth := (len(line) - len(entry)) / 2
		if !ok || depth >= len(open) {
			t.Fatalf("azure.yaml has %q, which this test can't read", line)
		}

		open = open[:depth+1]
		if value = strings.TrimSpace(value); value != "" {
			open[depth][key] = value
			continue
		}
		inner := map[string]any{}
		open[depth][key] = inner
		open = append(open, inner)
	}
	return top
}

func TestAllThatIsDeployedIsAsPublished(t *testing.T) {
	for _, fault := range readDeployed(t).faults(readPublished(t)) {
		t.Error(fault)
	}
}
