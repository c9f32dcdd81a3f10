package version

import (
	"runtime/debug"
	"strings"
	"testing"
)

func TestCommitOf(t *testing.T) {
	setting := func(key, value string) debug.BuildSetting { return debug.BuildSetting{Key: key, Value: value} }

	for name, tt := range map[string]struct {
		settings []debug.BuildSetting
		want     string
	}{
		"outside a repository": {nil, "unknown"},
		"a clean tree":         {[]debug.BuildSetting{setting("vcs.revision", "abc"), setting("vcs.modified", "false")}, "abc"},
		"a tree with changes":  {[]debug.BuildSetting{setting("vcs.modified", "true"), setting("vcs.revision", "abc")}, "abc+changes"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := commitOf(tt.settings); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// Azure's clients cut an application's id after 24 characters without an error.
func TestApplicationIDIsNotCut(t *testing.T) {
	id := ApplicationID()

	if !strings.HasPrefix(id, "azureml-dsr/1.") || len(id) > 24 || strings.ContainsAny(id, " +") {
		t.Errorf("got %q", id)
	}
}

func TestShort(t *testing.T) {
	for commit, want := range map[string]string{
		"unknown":                  "1.0.0 (unknown)",
		"0123456789abcdef":         "1.0.0 (0123456789ab)",
		"0123456789abcdef+changes": "1.0.0 (0123456789ab+changes)",
	} {
		if got := (Info{Version: "1.0.0", Commit: commit}).Short(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
