package main

import (
	"crypto"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/verify"
)

// readKeys reads public keys from files, and from all .pem files of folders.
func readKeys(places []string) (keys []crypto.PublicKey, err error) {
	for _, place := range places {
		files, err := keyFiles(place)
		if err != nil {
			return nil, cli.Usage(fmt.Errorf("reading --key: %w", err))
		}

		for _, file := range files {
			key, err := readKey(file)
			if err != nil {
				return nil, cli.Usage(fmt.Errorf("reading --key %s: %w", file, err))
			}
			keys = append(keys, key)
		}
	}

	return keys, nil
}

// keyFiles returns the file itself, or the .pem files of a folder.
func keyFiles(place string) ([]string, error) {
	info, err := os.Stat(place)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{place}, nil
	}

	entries, err := os.ReadDir(place)
	if err != nil {
		return nil, err
	}

	var files []string
	for _, e := range entries {
		if !e.IsDir() && filepath.Ext(e.Name()) == ".pem" {
			files = append(files, filepath.Join(place, e.Name()))
		}
	}
	if len(files) == 0 {
		return nil, errors.New("the folder " + place + " has no .pem file")
	}

	return files, nil
}

func readKey(file string) (crypto.PublicKey, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return verify.ParseKey(text)
}
