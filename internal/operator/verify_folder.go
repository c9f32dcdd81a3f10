package operator

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/verify"
)

// folderState is what the hashes of a folder show.
type folderState struct {
	faults   []verify.Fault // against SHA256SUMS
	complete bool           // SHA256SUMS is there
	last     int            // the last attempt
}

// Verify checks an attempt in the folder, and with it each of its files against SHA256SUMS.
// What is wrong with files of no attempt counts for the one that is verified first. A folder
// has only closed attempts: one without a manifest is a fault. The error is a RemovedError if
// documents were removed, and nothing is wrong with what is left.
func (e *FolderEvidence) Verify(ctx context.Context, a dsr.Attempt, opts *verify.Options) (Verification, error) {
	first := e.state == nil
	if err := e.inspect(ctx); err != nil {
		return Verification{}, err
	}
	if a.Number > e.state.last {
		return Verification{}, notFound("nothing is stored of attempt %d of request %s", a.Number, a.RequestID)
	}

	found, err := Verify(ctx, e, a, opts)
	of := e.faultsOf(a, first)
	switch _, removed := errors.AsType[*RemovedError](err); {
	case err == nil:
	case removed && len(of) == 0:
		return found, err
	case removed:
		found = bare(a)
	case KindOf(err) != 0:
		found = bare(a)
		if e.state.complete {
			of = append(of, verify.Fault{
				Kind:   verify.FaultMissing,
				Name:   a.Manifest(),
				Detail: "it is not there, and only closed requests are downloaded",
			})
		}
	default:
		return found, err
	}

	return e.with(found, of), nil
}

// inspect checks the folder's hashes once.
func (e *FolderEvidence) inspect(ctx context.Context) error {
	if e.state != nil {
		return nil
	}
	faults, complete, err := verify.CheckSums(ctx, e, e.id)
	if err != nil {
		return err
	}
	last, err := verify.LastAttempt(ctx, e, e.id)
	if err != nil {
		return err
	}

	e.state = &folderState{
		faults:   faults,
		complete: complete,
		last:     last,
	}

	return nil
}

// faultsOf returns the faults of an attempt's files, and with rest also those of files that
// belong to no attempt.
func (e *FolderEvidence) faultsOf(a dsr.Attempt, rest bool) (of []verify.Fault) {
	for _, f := range e.state.faults {
		folder, _, _ := strings.Cut(strings.TrimPrefix(f.Name, e.id+"/"), "/")
		n, err := strconv.Atoi(folder)
		inAttempt := err == nil && n >= 1 && n <= e.state.last
		if (inAttempt && n == a.Number) || (!inAttempt && (rest || !e.state.complete)) {
			of = append(of, f)
		}
	}
	return of
}

// with adds faults of files that have none yet. In an incomplete download it leaves out that
// files are missing, which follows.
func (e *FolderEvidence) with(v Verification, of []verify.Fault) Verification {
	if !e.state.complete {
		v.Faults = slices.DeleteFunc(v.Faults, func(f verify.Fault) bool { return f.Kind == verify.FaultMissing })
	}

	named := map[string]bool{}
	for _, f := range v.Faults {
		named[f.Name] = true
	}
	for _, f := range of {
		if !named[f.Name] {
			v.Faults = append(v.Faults, f)
		}
	}

	slices.SortStableFunc(v.Faults, func(a, b verify.Fault) int { return cmp.Compare(a.Name, b.Name) })
	v.OK = len(v.Faults) == 0

	return v
}

// bare is the verification of an attempt that can't be checked.
func bare(a dsr.Attempt) Verification {
	return Verification{
		RequestID: a.RequestID,
		Attempt:   a.Number,
		Totals:    dsr.Totals{},
		Faults:    []verify.Fault{},
		Unlisted:  []string{},
	}
}
