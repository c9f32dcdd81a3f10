package funcapp

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// WriteZip packs the app's folder. Times are fixed and names sorted, so that the same
// files make the same bytes.
func WriteZip(path, dir string) (err error) {
	file, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("making the zip: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()

	w := zip.NewWriter(file)
	root := os.DirFS(dir)

	err = fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		return addToZip(w, root, name)
	})
	if err := errors.Join(err, w.Close()); err != nil {
		return fmt.Errorf("writing %s: %w", filepath.Base(path), err)
	}

	return nil
}

// addToZip adds a file, which is executable if it is the binary.
func addToZip(w *zip.Writer, root fs.FS, name string) (err error) {
	header := &zip.FileHeader{Name: name, Method: zip.Deflate, Modified: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	header.SetMode(fileMode) // also marks the entry as one of Unix, so that modes count
	if name == BinaryName {
		header.SetMode(BinaryMode)
	}

	src, err := root.Open(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, src.Close()) }()

	dst, err := w.CreateHeader(header)
	if err != nil {
		return err
	}

	_, err = io.Copy(dst, src)
	return err
}
