package dsr_test

import (
	"reflect"
	"testing"

	"azureml-dsr/internal/dsr"
)

// Each field of a cost counts in a sum, also one that is added later.
func TestASumOfCostsHasEachField(t *testing.T) {
	var one, other, want dsr.Cost
	for i := range reflect.TypeFor[dsr.Cost]().NumField() {
		reflect.ValueOf(&one).Elem().Field(i).SetInt(int64(i + 1))
		reflect.ValueOf(&other).Elem().Field(i).SetInt(int64(100 * (i + 1)))
		reflect.ValueOf(&want).Elem().Field(i).SetInt(int64(101 * (i + 1)))
	}

	if got := one.Plus(other); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}

	receipt := dsr.Receipt{Node: "00001", Type: "runs", Cost: want, Totals: dsr.Totals{}}
	if got, whole := mark(t, receipt.Metadata()).Summary(); !whole || got.Cost != want {
		t.Errorf("the metadata say %+v, %t, want %+v", got.Cost, whole, want)
	}
}
