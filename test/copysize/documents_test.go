package copysize

import (
	"crypto/sha256"
	"fmt"
	"strings"

	"azureml-dsr/internal/dsr"
)

const (
	// others is how many other people the documents name.
	others = 5_000
	// strangersEvery says which documents are not the subject's: one of so many.
	strangersEvery = 10

	space      = "/subscriptions/8d0c7c4a-3f0e-4d7b-9a52-5f6f0d1b2c3e/resourceGroups/research/providers/Microsoft.MachineLearningServices/workspaces/ml-00"
	experiment = space + "/experimentids/0f9b41c6-77aa-4d52-9d1e-2c9c0b6a1e11"
	plane      = "https://eastus2.api.azureml.ms/history/v1.0" + experiment
)

// ada is the person whose copy is made.
func ada() dsr.Subject {
	return dsr.Subject{
		ObjectID:          "3f2a91c4-0b1d-4e5f-8a77-9c0d1e2f3a4b",
		UserPrincipalName: "ada.king@example.org",
		DisplayName:       "Ada King",
	}
}

func runName(i int) string { return fmt.Sprintf("run-%07d", i) }

func isStrangers(i int) bool { return i%strangersEvery == strangersEvery-1 }

// ownOf returns how many of n documents are the subject's.
func ownOf(n int) int { return n - n/strangersEvery }

// userRecord is how the data plane names a person.
func userRecord(objectID, name, upn string) string {
	return fmt.Sprintf(`{"userObjectId":%q,"userTenantId":"72f98888-8a11-41af-91ab-2d7cd0110000","userName":%q,"upn":%q}`, objectID, name, upn)
}

// runOf returns the document of a run. It names the subject and one of the others, and has a
// place that is uncertain: a word that is part of the other's name. Each has a commit of its own,
// or the zip would shrink to next to nothing.
func runOf(i int) []byte {
	s, other := ada(), i%others
	name := fmt.Sprintf("Other Nr%dx", other)
	by := userRecord(s.ObjectID, s.DisplayName, s.UserPrincipalName)
	changedBy := userRecord(fmt.Sprintf("%08x-1111-4222-8333-444444444444", other), name, fmt.Sprintf("other.nr%dx@example.org", other))
	if isStrangers(i) {
		by, changedBy = changedBy, by
	}

	commit := sha256.Sum256([]byte(runName(i)))
	return fmt.Appendf(nil, `{"runId":%q,"status":"Completed","startTimeUtc":"2026-04-11T08:15:30Z","createdBy":%s,"lastModifiedBy":%s,`+
		`"description":"The second try with more data, which %s asked for. It is made like run %d.",`+
		`"tags":{"pairedWith":%q,"note":"a run, ask Other"},"properties":{"azureml.git.commit":"%x"}}`,
		runName(i), by, changedBy, name, i-1, name, commit[:20])
}

// listOf returns a page of the list of runs: those from first up to end, which is not on it.
func listOf(first, end int, token string) []byte {
	var out strings.Builder
	out.WriteString(`{"value":[`)
	for i := first; i < end; i++ {
		if i > first {
			out.WriteByte(',')
		}
		fmt.Fprintf(&out, `{"runId":%q,"status":"Completed"}`, runName(i))
	}
	out.WriteByte(']')
	if token != "" {
		fmt.Fprintf(&out, `,"continuationToken":%q`, token)
	}
	out.WriteByte('}')
	return []byte(out.String())
}
