package azureml

import "strings"

// Generation is one of the two generations of Azure ML, which share the tables.
type Generation int

// The generations.
const (
	FirstGeneration  Generation = iota // Azure ML Workbench and its services: rows E and D
	SecondGeneration                   // Microsoft.MachineLearningServices: rows W and DW
)

// GenerationOf returns the generation of a row, of reading or of deleting.
func GenerationOf(row string) Generation {
	if strings.HasPrefix(strings.TrimPrefix(row, "D"), "W") {
		return SecondGeneration
	}
	return FirstGeneration
}

// GenerationOfType returns the generation of a resource type.
func GenerationOfType(typ string) Generation {
	for _, op := range Catalogue() {
		if op.Type == typ {
			return GenerationOf(op.ID)
		}
	}
	return FirstGeneration
}

// TypesOf returns the resource types of a generation.
func TypesOf(g Generation) []string {
	var types []string
	for _, r := range Resources() {
		if GenerationOfType(r.Type) == g {
			types = append(types, r.Type)
		}
	}
	return types
}
