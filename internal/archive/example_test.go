package archive_test

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/archive/memory"
	"azureml-dsr/internal/document"
	"azureml-dsr/internal/dsr"
)

// A part is streamed. Its entries are then read from the stored blob.
func ExampleArchive_NewPart() {
	ctx := context.Background()
	store := memory.New()
	part, err := archive.New(store, nil).NewPart(ctx, "r-1/1/data/runs/part-1-000001-00000.json")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer part.Abort()

	entry := dsr.Entry{
		Endpoint:    "E16",
		Item:        "run-1",
		URL:         "https://example.org/runs/run-1",
		Status:      200,
		RetrievedAt: time.Now(),
	}
	err = part.Add(entry, func(w io.Writer) (document.Result, error) {
		return document.Copy(w, strings.NewReader(`{"runId": "run-1", "token": "s3cret"}`),
			document.Options{Secrets: []document.Secret{{Pointer: "/token"}}})
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	info, err := part.Commit()
	if err != nil {
		fmt.Println(err)
		return
	}
	r, _, err := store.Open(ctx, info.Name, 0)
	if err != nil {
		fmt.Println(err)
		return
	}

	for e, err := range archive.ReadPart(r) {
		fmt.Println(e.Item, e.Bytes, e.Masked, err)
	}
	// Output: run-1 39 [/token] <nil>
}
