package azureml

import (
	"slices"
	"testing"
)

func TestEachRowIsOfItsGeneration(t *testing.T) {
	for row, want := range map[string]Generation{
		"E16":  FirstGeneration,
		"D02":  FirstGeneration,
		"W53":  SecondGeneration,
		"DW29": SecondGeneration,
	} {
		if got := GenerationOf(row); got != want {
			t.Errorf("%s: %d, want %d", row, got, want)
		}
	}
}

func TestEachResourceTypeIsOfOneGeneration(t *testing.T) {
	first, second := TypesOf(FirstGeneration), TypesOf(SecondGeneration)
	if !slices.Contains(first, "models") || !slices.Contains(second, "ml-jobs") || len(first)+len(second) != len(Resources()) {
		t.Errorf("first %v, second %v", first, second)
	}
}
