package mention_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"azureml-dsr/internal/document"
	"azureml-dsr/internal/mention"
)

// runDocument returns the document of a run, as long as most are.
func runDocument(creator string) string {
	const space = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/ml-00"
	var tags strings.Builder
	for i := range 12 {
		fmt.Fprintf(&tags, `"mlflow.tag.%d":"a short value %d",`, i, i)
	}
	return fmt.Sprintf(`{"runId":"census_7f3c_%d","experimentId":"0f9b41c6-77aa-4d52-9d1e-2c9c0b6a1e11","status":"Completed",`+
		`"createdUtc":"2026-04-11T08:15:30.1234567Z","createdBy":{"userObjectId":"%s","userTenantId":"72f988bf-86f1-41af-91ab-2d7cd011db47","userName":"Grace Hopper","upn":"grace.hopper@example.org"},`+
		`"tags":{%s"note":"größe \u2014 模型"},"properties":{"azureml.git.commit":"9f8e7d6c5b4a39281706f5e4d3c2b1a09f8e7d6c","_azureml.ComputeTargetType":"amlctrain","target":"%s/computes/cpu"},`+
		`"definition":"{\"script\":\"train.py\",\"arguments\":[\"--epochs\",\"10\",\"--data\",\"%s/data/census/versions/3\"]}",`+
		`"inputs":{"data":{"uri":"azureml://subscriptions/x/datastores/workspaceblobstore/paths/LocalUpload/4d52/train.csv?a=1&b=2"}},`+
		`"links":["https://ml.azure.com/runs/census?wsid=%s","https://acct.blob.core.windows.net/c/ExperimentRun/log.txt?sv=2024-11-04&sig=abcdefgh%%3D&se=2027"]}`,
		7, creator, tags.String(), space, space, space)
}

// BenchmarkCopy copies documents in which each string is looked at for a person's names.
func BenchmarkCopy(b *testing.B) {
	opts := document.Options{Everywhere: true, Subject: mention.New(ada())}
	doc := []byte(runDocument("3f2a91c4-0b1d-4e5f-8a77-9c0d1e2f3a4b"))
	b.Run("held", func(b *testing.B) {
		b.SetBytes(int64(len(doc)))
		b.ReportAllocs()
		for b.Loop() {
			if _, _, err := document.CopyHeld(doc, opts); err != nil {
				b.Fatal(err)
			}
		}
	})

	page := "[" + strings.Repeat(string(doc)+",", 499) + string(doc) + "]"
	b.Run("page", func(b *testing.B) {
		b.SetBytes(int64(len(page)))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := document.Copy(io.Discard, strings.NewReader(page), opts); err != nil {
				b.Fatal(err)
			}
		}
	})
}
