package azureml

import (
	"errors"
	"net/url"
	"strings"

	"azureml-dsr/internal/upstream"
)

// Settings that replace a plane's base URL.
const (
	settingARM             = "AZUREML_ARM_ENDPOINT"
	settingModelManagement = "AZUREML_MODELMANAGEMENT_ENDPOINT"
	settingExperiments     = "AZUREML_EXPERIMENTS_ENDPOINT"
)

const locationMark = "{location}"

// BaseURLs are the base URLs of the planes, without a slash at the end. All but ARM's
// may hold {location}.
type BaseURLs struct {
	ARM             string
	ModelManagement string
	Experiments     string
}

// ResolveBaseURLs fills in what settings leave empty, by cloud, and checks each: it must
// be https, or plain http to loopback. Only the public cloud's model management and
// experiments have a known address; those of other clouds must be set. The error is a
// BaseURLErrors, which names every setting that is wrong.
func ResolveBaseURLs(cloud Cloud, arm, modelManagement, experiments string) (BaseURLs, error) {
	if arm == "" {
		arm = cloud.ARM
	}

	if cloud.Name == PublicCloud {
		if modelManagement == "" {
			modelManagement = "https://{location}.modelmanagement.azureml.net"
		}
		if experiments == "" {
			experiments = "https://{location}.experiments.azureml.net"
		}
	}

	b := BaseURLs{ARM: trim(arm), ModelManagement: trim(modelManagement), Experiments: trim(experiments)}
	return b, b.validate()
}

func trim(base string) string { return strings.TrimRight(base, "/") }

// BaseURLError is a setting that names no usable base URL. It never quotes the
// value: a mistaken setting may hold a password.
type BaseURLError struct {
	Setting string // its name
	Problem string
}

// BaseURLErrors are all settings of base URLs that are wrong.
type BaseURLErrors []BaseURLError

// Error names each setting with its problem, a line each.
func (e BaseURLErrors) Error() string {
	lines := make([]string, 0, len(e))
	for _, f := range e {
		lines = append(lines, f.Setting+": "+f.Problem)
	}
	return strings.Join(lines, "\n")
}

func (b BaseURLs) validate() error {
	var errs BaseURLErrors
	for _, s := range []struct{ name, base string }{
		{settingARM, b.ARM}, {settingModelManagement, b.ModelManagement}, {settingExperiments, b.Experiments},
	} {
		if err := checkBase(s.base, s.name != settingARM); err != nil {
			errs = append(errs, BaseURLError{Setting: s.name, Problem: err.Error()})
		}
	}
	if len(errs) > 0 {
		return errs
	}
	return nil
}

// checkBase returns what is wrong with a base URL. The error never quotes it: a
// mistaken setting may hold a password.
func checkBase(base string, regional bool) error {
	if base == "" {
		return errors.New("must be set: this cloud has no known address for it")
	}
	if !regional && strings.Contains(base, locationMark) {
		return errors.New("is the same for all regions and can't hold {location}")
	}

	u, err := url.Parse(strings.ReplaceAll(base, locationMark, "location"))
	switch {
	case err != nil || u.Hostname() == "" || u.Opaque != "" || strings.ContainsAny(base, `\#?@`):
		return errors.New("must be a base URL like https://host, without user, query and fragment")
	case u.Scheme == "http" && !upstream.IsLoopback(u.Hostname()):
		return errors.New("plain http is for loopback only")
	case u.Scheme != "https" && u.Scheme != "http":
		return errors.New("must be https")
	}

	return nil
}

// AllLoopback reports whether every plane is on this machine. Only then may a fixed
// token or a clock that runs faster be used.
func (b BaseURLs) AllLoopback() bool {
	for _, base := range []string{b.ARM, b.ModelManagement, b.Experiments} {
		if !baseIsLoopback(base) {
			return false
		}
	}
	return true
}

func baseIsLoopback(base string) bool {
	u, err := url.Parse(strings.ReplaceAll(base, locationMark, "location"))
	return err == nil && upstream.IsLoopback(u.Hostname())
}

// of returns a plane's base URL template.
func (b BaseURLs) of(p Plane) string {
	switch p {
	case ModelManagement:
		return b.ModelManagement
	case Experiments:
		return b.Experiments
	default:
		return b.ARM
	}
}

func (b BaseURLs) anyPlain() bool {
	for _, base := range []string{b.ARM, b.ModelManagement, b.Experiments} {
		if strings.HasPrefix(strings.ToLower(base), "http:") {
			return true
		}
	}
	return false
}
