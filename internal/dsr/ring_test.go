package dsr_test

import (
	"fmt"
	"testing"

	"azureml-dsr/internal/dsr"
)

func TestAWalkNoticesARingSoon(t *testing.T) {
	for before := range 40 {
		for ring := 1; ring <= 40; ring++ {
			var w dsr.Walk
			pages := 1
			for n := 0; !w.Returns(fmt.Sprint(n)); pages++ {
				if n++; n == before+ring {
					n = before
				}
				if pages > 3*max(before+1, ring) {
					t.Fatalf("%d pages before a ring of %d: not noticed after %d", before, ring, pages)
				}
			}
		}
	}
}

func TestAWalkWithoutARingGoesOn(t *testing.T) {
	var w dsr.Walk
	for n := range 10_000 {
		if w.Returns(fmt.Sprint(n)) {
			t.Fatalf("cursor %d is taken for an earlier one", n)
		}
	}
}
