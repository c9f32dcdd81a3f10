package operator

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"sync"

	"azureml-dsr/internal/archive"
)

// Modes of what is downloaded, which is personal data.
const (
	privateFolder = 0o700
	privateFile   = 0o600
)

// downloadFolder is a folder that blobs are downloaded into. Nothing is written outside of
// it, whatever names the blobs have and whatever links it contains.
type downloadFolder struct {
	root *os.Root
	// sums is the file that a complete copy has.
	sums string
	// partial is a folder for incomplete files, beside the request's own.
	partial string
	// progress is called with how many of total files are there; nil: nobody asks.
	progress func(done, total int64)
	total    int64

	mu   sync.Mutex
	done int64

	begin    sync.Once
	beginErr error
}

// count counts a file that is there.
func (d *downloadFolder) count() {
	if d.progress == nil {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.done++
	d.progress(d.done, max(d.done, d.total))
}

// begun removes the file that says that the copy is complete, before a first file changes.
func (d *downloadFolder) begun() error {
	d.begin.Do(func() {
		if err := d.root.Remove(d.sums); err != nil && !errors.Is(err, fs.ErrNotExist) {
			d.beginErr = fmt.Errorf("removing the old %s: %w", SumsFile, err)
		}
	})
	return d.beginErr
}

// fileName returns an error for a blob's name that is not a safe path of a file on every
// system.
func fileName(blob string) error {
	for segment := range strings.SplitSeq(blob, "/") {
		if segment == "" || segment == "." || segment == ".." {
			return fmt.Errorf("the blob %q can't be a file: its name has an empty or dotted segment", blob)
		}
	}
	if strings.ContainsFunc(blob, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\\' || r == ':' }) {
		return fmt.Errorf("the blob %q can't be a file: its name has a control character, a backslash or a colon", blob)
	}
	return nil
}

// fetch writes the blob's file unless it is there, and returns its SHA-256. temp is the
// name of the file while it is incomplete.
func (d *downloadFolder) fetch(ctx context.Context, b heldBlob, temp string) (string, error) {
	name := b.info.Name
	if err := fileName(name); err != nil {
		return "", err
	}
	if sum, ok := d.has(b.info); ok {
		return sum, nil
	}

	if err := d.begun(); err != nil {
		return "", err
	}
	if err := d.root.MkdirAll(path.Dir(name), privateFolder); err != nil {
		return "", clash(name, err)
	}

	body, info, err := b.in.Open(ctx, name, 0)
	if err != nil {
		return "", fmt.Errorf("downloading %s: %w", name, err)
	}
	defer body.Close()

	temp = path.Join(d.partial, temp)
	sum, err := d.write(temp, body, info.Size)
	if err != nil {
		return "", fmt.Errorf("downloading %s: %w", name, err)
	}
	if err := d.root.Rename(temp, name); err != nil {
		return "", clash(name, err)
	}

	return sum, nil
}

// has reports whether a blob's file is already there, complete and unchanged, and returns
// its SHA-256.
func (d *downloadFolder) has(info archive.Info) (string, bool) {
	want := info.Metadata[archive.MetaSHA256]
	found, err := d.root.Lstat(info.Name)
	if want == "" || err != nil || !found.Mode().IsRegular() || found.Size() != info.Size {
		return "", false
	}
	f, err := d.root.Open(info.Name)
	if err != nil {
		return "", false
	}
	defer f.Close()

	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", false
	}

	return want, hex.EncodeToString(h.Sum(nil)) == want
}

// write writes a stream of size bytes to a file and returns its SHA-256.
func (d *downloadFolder) write(name string, body io.Reader, size int64) (_ string, err error) {
	f, err := d.root.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, privateFile)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, f.Close()) }()

	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(f, h), body)
	if err == nil && n != size {
		err = fmt.Errorf("it broke off after %d of %d bytes", n, size)
	}
	return hex.EncodeToString(h.Sum(nil)), err
}

// clash explains that a name is needed as a file and as a folder.
func clash(name string, err error) error {
	if errors.Is(err, fs.ErrExist) || strings.Contains(err.Error(), "directory") {
		return fmt.Errorf("downloading %s: a part of this name is both a file and a folder: %w", name, err)
	}
	return fmt.Errorf("downloading %s: %w", name, err)
}
