package dsr

import (
	"cmp"
	"fmt"
)

// CopyChoice says whether a copy for the person has what it may also be made without.
type CopyChoice string

// The choices. "" is none, and means CopyLeave where no other applies.
const (
	CopyLeave   CopyChoice = "leave"
	CopyInclude CopyChoice = "include"
)

// CopyPolicy says what a copy for the person has unless somebody decides otherwise in its
// review.
type CopyPolicy struct {
	// Unattributed are documents that don't say whose they are, and name the person.
	Unattributed CopyChoice `json:"unattributed,omitempty"`
	// Files are the contents of the person's files.
	Files CopyChoice `json:"files,omitempty"`
}

// SafePolicy returns the policy that holds where nobody chooses.
func SafePolicy() CopyPolicy { return CopyPolicy{CopyLeave, CopyLeave} }

// Or returns the policy with the choices of another one where it has none.
func (p CopyPolicy) Or(other CopyPolicy) CopyPolicy {
	return CopyPolicy{
		Unattributed: cmp.Or(p.Unattributed, other.Unattributed),
		Files:        cmp.Or(p.Files, other.Files),
	}
}

// Includes reports whether the places of a rule go into the copy that are left out otherwise.
func (p CopyPolicy) Includes(rule ReviewRule) bool {
	switch rule {
	case RuleOwnerName, RuleMention:
		return p.Unattributed == CopyInclude
	case RuleFile:
		return p.Files == CopyInclude
	default:
		return false
	}
}

// Exceeds reports whether a copy by this policy may have what one by the other leaves out.
func (p CopyPolicy) Exceeds(other CopyPolicy) bool {
	return (p.Unattributed == CopyInclude && other.Unattributed != CopyInclude) ||
		(p.Files == CopyInclude && other.Files != CopyInclude)
}

// Check returns what is wrong with the policy, nil for nothing. It may leave choices open.
func (p CopyPolicy) Check() error {
	switch {
	case !p.Unattributed.isKnown():
		return fmt.Errorf("unattributed must be %s or %s", CopyLeave, CopyInclude)
	case !p.Files.isKnown():
		return fmt.Errorf("files must be %s or %s", CopyLeave, CopyInclude)
	default:
		return nil
	}
}

func (c CopyChoice) isKnown() bool { return c == "" || c == CopyLeave || c == CopyInclude }
