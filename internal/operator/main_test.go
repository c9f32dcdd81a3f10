package operator_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"azureml-dsr/internal/operator"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fieldOf returns the input that an error is about.
func fieldOf(err error) string {
	if e, ok := errors.AsType[*operator.Error](err); ok {
		return e.Field
	}
	return ""
}

func readFile(t *testing.T, elements ...string) string {
	t.Helper()
	body, err := os.ReadFile(filepath.Join(elements...))
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
