package config

import (
	"strings"

	"azureml-dsr/internal/dsr"
)

// LoadCopies reads what copies for a person have unless their order says otherwise, for a
// command that orders or makes one. The error is an Error that names every setting that is
// wrong.
func LoadCopies(lookup Lookup) (dsr.CopyPolicy, error) {
	r := &reader{lookup: lookup}
	p := r.copies()
	return p, r.err()
}

func (r *reader) copies() dsr.CopyPolicy {
	return dsr.CopyPolicy{
		Unattributed: r.copyChoice("COPY_UNATTRIBUTED"),
		Files:        r.copyChoice("COPY_FILES"),
	}
}

// copyChoice reads what copies do with a kind of things. It returns CopyLeave where nothing is
// set.
func (r *reader) copyChoice(name string) dsr.CopyChoice {
	choice := dsr.CopyChoice(strings.ToLower(r.text(name, string(dsr.CopyLeave))))
	if choice != dsr.CopyLeave && choice != dsr.CopyInclude {
		r.fault(name, "must be %s or %s; leave it out for %[1]s", dsr.CopyLeave, dsr.CopyInclude)
		return dsr.CopyLeave
	}
	return choice
}
