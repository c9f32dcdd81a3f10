// Package version describes the build of the program that runs.
package version

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
)

// number is the number of the release. The linker sets it.
var number = "1.0.0-dev"

// Info describes a build.
type Info struct {
	// Version is the release's number, without a leading v.
	Version string `json:"version"`
	// Commit is the revision that was built, with "+changes" where the tree had
	// uncommitted changes; "unknown" where it was built outside a repository.
	Commit string `json:"commit"`
	// Go is the version of the toolchain.
	Go string `json:"go"`
	// Platform is the operating system and the architecture.
	Platform string `json:"platform"`
}

// Current returns the description of the program that runs.
func Current() Info {
	i := Info{
		Version:  number,
		Commit:   "unknown",
		Go:       runtime.Version(),
		Platform: runtime.GOOS + "/" + runtime.GOARCH,
	}
	if build, ok := debug.ReadBuildInfo(); ok {
		i.Commit = commitOf(build.Settings)
	}
	return i
}

func commitOf(settings []debug.BuildSetting) string {
	revision, changed := "unknown", false
	for _, s := range settings {
		switch s.Key {
		case "vcs.revision":
			revision = s.Value
		case "vcs.modified":
			changed = s.Value == "true"
		}
	}

	if changed {
		revision += "+changes"
	}

	return revision
}

// String returns the build in one line for a person.
func (i Info) String() string {
	return fmt.Sprintf("dsr %s, commit %s, %s, %s", i.Version, i.Commit, i.Go, i.Platform)
}

// Short returns the version with the first 12 digits of the commit.
func (i Info) Short() string {
	commit, changed, _ := strings.Cut(i.Commit, "+")
	if changed != "" {
		changed = "+" + changed
	}
	return fmt.Sprintf("%s (%.12s%s)", i.Version, commit, changed)
}

// ApplicationID returns the name by which services know the program: Azure's clients put
// it at the beginning of their User-Agent. They cut it after 24 characters.
func ApplicationID() string {
	release, _, _ := strings.Cut(number, "+")
	return "azureml-dsr/" + release
}
