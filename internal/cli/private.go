package cli

import (
	"errors"
	"fmt"
	"os"
)

// WritePrivate writes a file that only its owner may read.
func WritePrivate(path string, body []byte) error {
	const ownerOnly = 0o600

	err := os.Remove(path) // an old file would keep its mode
	if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	if err == nil {
		err = os.WriteFile(path, body, ownerOnly)
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}

	return nil
}
