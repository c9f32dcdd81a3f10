package operator

import (
	"fmt"
	"strings"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/fanout"
)

// checkScopes checks that requests may reach what the named scopes stand for.
func (d *doctor) checkScopes() {
	names := d.settings.Scopes
	if len(names.Places) == 0 {
		return
	}

	var outside []string
	for _, name := range names.Names() {
		if fanout.AllowedScopes(d.settings.AllowedScopes).Check(dsr.Request{Scope: names.Places[name]}) != nil {
			outside = append(outside, name)
		}
	}

	const what = "named scopes"
	if len(outside) > 0 {
		d.add(Finding{
			What:    what,
			Detail:  "DSR_ALLOWED_SCOPES does not allow all of " + strings.Join(outside, ", "),
			Remedy:  "allow it there, or name less in DSR_SCOPES: a request that names it is refused",
			Command: settingCommand("DSR_ALLOWED_SCOPES"),
		})
		return
	}

	detail := fmt.Sprintf("%d: %s", len(names.Places), strings.Join(names.Names(), ", "))
	if names.Default != "" {
		detail += "; a request without a scope has " + names.Default
	}
	d.add(Finding{OK: true, What: what, Detail: detail})
}
