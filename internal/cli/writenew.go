package cli

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Written is a file that WriteNew has written.
type Written struct {
	Bytes  int64
	SHA256 string
}

// WriteNew writes a file that only its owner may read. It refuses to replace one. What breaks
// off leaves no file.
func WriteNew(name string, write func(io.Writer) error) (done Written, err error) {
	if err := refuseExisting(name); err != nil {
		return Written{}, err
	}
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".partial-*")
	if err != nil {
		return Written{}, fmt.Errorf("making the file: %w", err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name()) // the first error counts
		}
	}()

	hash, size := sha256.New(), &counter{}
	err = write(io.MultiWriter(f, hash, size))
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return Written{}, err
	}
	if err := refuseExisting(name); err != nil {
		return Written{}, err
	}
	if err := os.Rename(f.Name(), name); err != nil {
		return Written{}, fmt.Errorf("naming the file: %w", err)
	}

	return Written{size.n, hex.EncodeToString(hash.Sum(nil))}, nil
}

// refuseExisting returns an error where there is a file of a name.
func refuseExisting(name string) error {
	_, err := os.Lstat(name)
	switch {
	case err == nil:
		return fmt.Errorf("%s is there already; name another file with --out, or remove it", name)
	case errors.Is(err, fs.ErrNotExist):
		return nil
	default:
		return fmt.Errorf("looking for %s: %w", name, err)
	}
}

// counter counts bytes.
type counter struct{ n int64 }

// Write implements io.Writer.
func (c *counter) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	return len(p), nil
}
