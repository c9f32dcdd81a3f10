package config

import (
	"bufio"
	"bytes"
	"fmt"
	"path/filepath"
	"strings"

	"azureml-dsr/internal/dsr"
)

// LocalDir is the folder in which `dsr local` and `dsr demo` keep what they write, below
// the current one.
const LocalDir = ".dsr"

// LocalEnvFile returns the path of the file with the settings of a running
// `dsr local`.
func LocalEnvFile() string { return filepath.Join(LocalDir, "local.env") }

// FormatEnvFile returns the file that Find reads settings from. env is a list of
// NAME=value. A line break in a key is written as \n, which Load reads as a line break.
func FormatEnvFile(env []string) string {
	text := "# Settings of the running `dsr local`; it removes them when it ends.\n"
	for _, pair := range env {
		text += strings.ReplaceAll(pair, "\n", `\n`) + "\n"
	}
	return text
}

// readEnvFile reads lines of NAME=value, with values as they are. It skips blank lines
// and lines that begin with #.
func readEnvFile(body []byte) (map[string]string, error) {
	values := map[string]string{}
	lines := bufio.NewScanner(bytes.NewReader(dsr.WithoutByteOrderMark(body)))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}

		name, value, ok := strings.Cut(line, "=")
		if !ok {
			return nil, fmt.Errorf("line %d is not NAME=value", n)
		}
		values[name] = value
	}

	return values, lines.Err()
}
