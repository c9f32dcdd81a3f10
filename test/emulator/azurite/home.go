package azurite

import (
	"errors"
	"os"
	"path/filepath"
)

// HomeVariable names the environment variable that says where Azurite is.
const HomeVariable = "AZURITE_HOME"

// FindHome returns where Azurite is installed: AZURITE_HOME, or else the folder
// .bin/azurite beside the go.mod of the module around the current folder. An
// error says how to install it.
func FindHome() (string, error) {
	if home := os.Getenv(HomeVariable); home != "" {
		return home, nil
	}
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}

	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(dir, ".bin", "azurite"), nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("no Azurite: set " + HomeVariable + ", or run `make tools` in the project's folder")
		}
		dir = parent
	}
}
