package archive_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/archive/memory"
	"azureml-dsr/internal/document"
)

// BenchmarkPart stores a part of 50 documents, each as long as most runs are.
func BenchmarkPart(b *testing.B) {
	doc := []byte(`{"text":"` + strings.Repeat("x", 1500) + `"}`)
	write := func(w io.Writer) (document.Result, error) {
		_, err := w.Write(doc)
		return document.Result{}, err
	}
	a := archive.New(memory.New(), nil)

	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		p, err := a.NewPart(b.Context(), fmt.Sprintf("part-%d", n))
		if err != nil {
			b.Fatal(err)
		}
		for range 50 {
			if err := p.Add(anEntry("run_0123456789abcdef"), write); err != nil {
				b.Fatal(err)
			}
		}
		if _, err := p.Commit(); err != nil {
			b.Fatal(err)
		}
	}
}
