package operatortest

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"azureml-dsr/internal/operator"
)

// FilesIn returns the files below a folder in order, with slashes.
func FilesIn(t *testing.T, dir string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			rel, _ := filepath.Rel(dir, path) // path is below dir
			files = append(files, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}

	return files
}

// SumAgain rewrites SHA256SUMS, as somebody who covers up a change would.
func SumAgain(t *testing.T, dir string) {
	t.Helper()
	var lines strings.Builder
	for _, name := range FilesIn(t, dir) {
		if name == operator.SumsFile {
			continue
		}
		body, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}

		sum := sha256.Sum256(body)
		lines.WriteString(hex.EncodeToString(sum[:]) + "  " + name + "\n")
	}
	if err := os.WriteFile(filepath.Join(dir, operator.SumsFile), []byte(lines.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}
