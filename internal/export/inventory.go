package export

import (
	"crypto/sha256"
	"encoding/hex"
	"io"

	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/document"
	"azureml-dsr/internal/dsr"
)

// counts reports whether the task only counts documents. A request that deletes asks
// what there is, and keeps no copy of it.
func (c *chunk) counts() bool { return c.job.Kind == dsr.KindDelete }

// counted returns the entry of a document that is counted.
func (c *chunk) counted(e dsr.Entry, doc []byte, result document.Result) dsr.Entry {
	e.SubjectMatches, e.PossibleMatches = result.Matches, result.Possible
	e.Inventory = c.inventory(e.Endpoint, doc)
	return e
}

// inventory returns what is noted of a document of a row.
func (c *chunk) inventory(endpoint string, doc []byte) *dsr.Inventory {
	sum := sha256.Sum256(doc)
	row, _ := azureml.Find(endpoint)
	return &dsr.Inventory{
		SHA256:    hex.EncodeToString(sum[:]),
		Size:      int64(len(doc)),
		CreatedAt: azureml.CreatedAt(doc),
		Owner:     azureml.OwnerOf(row, doc, c.subject),
		Under:     azureml.Under(doc),
	}
}

// countLong adds the entry of a document that is too long to hold. Only its bytes and
// the mentions of the subject are counted.
func (c *chunk) countLong(e dsr.Entry, doc io.Reader, row azureml.Operation) error {
	hash := sha256.New()
	result, err := document.Copy(hash, doc, c.options(row))
	if err != nil {
		return broken(err)
	}
	e.SubjectMatches, e.PossibleMatches = result.Matches, result.Possible
	e.Inventory = &dsr.Inventory{SHA256: hex.EncodeToString(hash.Sum(nil)), Size: result.Bytes}
	return c.draft.add(e, nil)
}
