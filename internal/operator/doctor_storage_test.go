package operator

import (
	"context"
	"strings"
	"testing"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/archive/memory"
	"azureml-dsr/internal/dsr"
)

// keeping is storage that keeps what is removed.
type keeping struct {
	*memory.Backend
	left archive.Left
	err  error
}

func (k keeping) LeftOf(context.Context, string) (archive.Left, error) { return k.left, k.err }

func TestTheDoctorFindsWhatKeepsRemovedDocuments(t *testing.T) {
	for name, c := range map[string]struct {
		in              keeping
		ok              bool
		detail, command string
	}{
		"nothing is left":         {keeping{}, true, "it is gone", ""},
		"soft delete keeps it":    {keeping{left: archive.Left{Deleted: true, Days: 7}}, false, "for 7 days more", "--enable-delete-retention false"},
		"versioning keeps it":     {keeping{left: archive.Left{Versions: true}}, false, "versioning keeps it", "--enable-versioning false"},
		"both keep it":            {keeping{left: archive.Left{Deleted: true, Versions: true}}, false, "versioning keeps it", "--enable-versioning false"},
		"that may not be seen":    {keeping{err: &dsr.Error{Status: 403}}, false, "refused", "role assignment create"},
		"there is no answer then": {keeping{err: &dsr.Error{Status: 0}}, false, "no answer", "nslookup"},
	} {
		t.Run(name, func(t *testing.T) {
			c.in.Backend = memory.New()
			d := newDoctor(DoctorOptions{})
			d.checkLeft(t.Context(), namedContainer{"dsr-exports", c.in}, "_doctor/1")
			f := onlyFinding(t, d)
			if f.OK != c.ok || !strings.Contains(f.Detail, c.detail) || !strings.Contains(f.Command, c.command) || f.OK != (f.Command == "") {
				t.Errorf("found %+v", f)
			}
		})
	}
}

func TestNothingIsLeftToLookForWhereNothingWasWritten(t *testing.T) {
	d := newDoctor(DoctorOptions{})
	d.checkLeft(t.Context(), namedContainer{"dsr-exports", keeping{Backend: memory.New()}}, "")
	if len(d.findings) > 0 {
		t.Errorf("found %+v", d.findings)
	}
}

// moved is a container whose blobs others have moved or made snapshots of.
type moved struct {
	*memory.Backend
	aside archive.Aside
	err   error
}

func (m moved) AsideOf(context.Context) (archive.Aside, error) { return m.aside, m.err }

func TestTheDoctorFindsBlobsThatCannotBeRead(t *testing.T) {
	for name, c := range map[string]struct {
		in      moved
		ok      []bool // of each finding
		command string
	}{
		"all can be read":      {moved{}, []bool{true}, ""},
		"some are archived":    {moved{aside: archive.Aside{Archived: 3}}, []bool{false}, "--tier Hot"},
		"some have snapshots":  {moved{aside: archive.Aside{Snapshots: 2}}, []bool{true, true}, ""},
		"they may not be seen": {moved{err: &dsr.Error{Status: 403}}, []bool{false}, "role assignment create"},
	} {
		t.Run(name, func(t *testing.T) {
			c.in.Backend = memory.New()
			d := newDoctor(DoctorOptions{})
			d.checkAside(t.Context(), namedContainer{"dsr-audit", c.in})
			var ok []bool
			for _, f := range d.findings {
				ok = append(ok, f.OK)
			}
			if len(ok) != len(c.ok) || ok[0] != c.ok[0] || !strings.Contains(d.findings[0].Command, c.command) {
				t.Errorf("found %+v", d.findings)
			}
		})
	}
}
