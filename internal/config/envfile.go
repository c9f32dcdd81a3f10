package config

import (
	"bufio"
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
)

// LocalDir is where `dsr local` and `dsr demo` keep what they make, below the
// current folder.
const LocalDir = ".dsr"

// LocalEnvFile returns the path of the file with the settings of a running
// `dsr local`.
func LocalEnvFile() string { return filepath.Join(LocalDir, "local.env") }

// FormatEnvFile returns the file that Find reads settings from, each NAME=value. A
// key's line breaks are written as \n, which the settings take for one.
func FormatEnvFile(env []string) string {
	text := "# Settings of the running `dsr local`; it removes them when it ends.\n"
	for _, pair := range env {
		text += strings.ReplaceAll(pair, "\n", `\n`) + "\n"
	}
	return text
}

// readEnvFile reads lines of NAME=value. Blank lines and lines that begin with
// # are left out. Values are taken as they stand.
func readEnvFile(body []byte) (map[string]string, error) {
	values := map[string]string{}
	lines := bufio.NewScanner(bytes.NewReader(body))
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
