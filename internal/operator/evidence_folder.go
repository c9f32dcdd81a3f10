package operator

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/verify"
)

// SumsFile is the file of hashes that Download adds to a request's blobs.
const SumsFile = verify.SumsFile

var _ verify.Evidence = (*FolderEvidence)(nil)

// FolderEvidence is a request's blobs in a folder, as Download writes them. It follows no
// symbolic link.
type FolderEvidence struct {
	id    string
	root  *os.Root     // the request's own folder
	state *folderState // nil: not inspected yet
}

// OpenFolder opens the request in a folder, which is the request's own or contains it. The
// error is NotFound where there is no request, and Invalid where there are several. The
// caller closes it.
func OpenFolder(dir string) (*FolderEvidence, error) {
	own, err := requestFolder(dir)
	if err != nil {
		return nil, err
	}

	root, err := os.OpenRoot(own)
	if err != nil {
		return nil, fmt.Errorf("opening the evidence: %w", err)
	}
	absolute, err := filepath.Abs(own)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening the evidence: %w", err), root.Close())
	}

	return &FolderEvidence{id: requestID(root, filepath.Base(absolute)), root: root}, nil
}

// Close closes the folder.
func (e *FolderEvidence) Close() error { return e.root.Close() }

// RequestFolders returns the folders of the requests in a folder, in order: the folder itself
// where it is a request's own, else those that it contains.
func RequestFolders(dir string) ([]string, error) {
	if isRequestFolder(dir) {
		return []string{dir}, nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("looking for a request: %w", err)
	}

	var found []string
	for _, e := range entries {
		if inner := filepath.Join(dir, e.Name()); e.IsDir() && dsr.ValidID(e.Name()) && isRequestFolder(inner) {
			found = append(found, inner)
		}
	}
	if len(found) == 0 {
		return nil, notFound("%s holds no request; name a folder that `dsr download` has written", dir)
	}

	return found, nil
}

func requestFolder(dir string) (string, error) {
	found, err := RequestFolders(dir)
	if err != nil {
		return "", err
	}
	if len(found) > 1 {
		return "", invalid("folder", "%s holds %d requests; name the folder of one, such as %s", dir, len(found), found[0])
	}
	return found[0], nil
}

func isRequestFolder(dir string) bool {
	for _, name := range []string{"request.json", "subject.json", "1"} {
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			return true
		}
	}
	return false
}

// requestID returns the id of the request in a folder, on which two of the folder's name,
// request.json and the first manifest agree. Without agreement it is the folder's name.
func requestID(root *os.Root, base string) string {
	fromRequest, fromManifest := readID(root, "request.json", "id"), readID(root, "1/manifest.json", "requestId")
	if fromRequest != base && fromRequest == fromManifest && dsr.ValidID(fromRequest) {
		return fromRequest
	}
	return base
}

func readID(root *os.Root, name, member string) string {
	body, err := root.ReadFile(name)
	var members map[string]json.RawMessage
	var id string
	if err != nil || json.Unmarshal(body, &members) != nil || json.Unmarshal(members[member], &id) != nil {
		return ""
	}
	return id
}

// Open implements verify.Evidence.
func (e *FolderEvidence) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	file, ok := strings.CutPrefix(name, e.id+"/")
	if !ok || !fs.ValidPath(file) {
		return nil, verify.ErrNotFound
	}

	// A symbolic link in any segment of the path would lead elsewhere.
	for i := range len(file) + 1 {
		isFile := i == len(file)
		if !isFile && file[i] != '/' {
			continue
		}

		info, err := e.root.Lstat(file[:i])
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil, verify.ErrNotFound
		case err != nil:
			return nil, fmt.Errorf("looking at a file: %w", err)
		case isFile && !info.Mode().IsRegular(), !isFile && !info.IsDir():
			return nil, verify.ErrIrregular
		}
	}

	return e.root.Open(file)
}

// List implements verify.Evidence.
func (e *FolderEvidence) List(ctx context.Context, prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		rest, ok := strings.CutPrefix(prefix, e.id+"/")
		if !ok {
			return
		}

		dir := "."
		if i := strings.LastIndexByte(rest, '/'); i >= 0 {
			dir = rest[:i]
		}

		e.walk(ctx, dir, func(file string, err error) bool {
			if err == nil && (!strings.HasPrefix(file, rest) || file == SumsFile) {
				return true
			}
			return yield(e.id+"/"+file, err)
		})
	}
}

// walk yields the files below a folder in byte order of their whole names. It reports
// whether to go on.
func (e *FolderEvidence) walk(ctx context.Context, dir string, yield func(string, error) bool) bool {
	entries, err := fs.ReadDir(e.root.FS(), dir)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return true
	}

	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		yield("", fmt.Errorf("reading a folder: %w", err))
		return false
	}

	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return cmp.Compare(inOrder(a), inOrder(b)) })

	for _, entry := range entries {
		file := path.Join(dir, entry.Name())
		var goOn bool
		if entry.IsDir() {
			goOn = e.walk(ctx, file, yield)
		} else {
			goOn = yield(file, nil)
		}

		if !goOn {
			return false
		}
	}

	return true
}

// inOrder returns the name by which an entry sorts. A folder's ends with a slash, as in the
// whole names of its files.
func inOrder(e fs.DirEntry) string {
	if e.IsDir() {
		return e.Name() + "/"
	}
	return e.Name()
}

// Attempts returns the attempts to verify: the chosen one, or with 0 all in the folder.
func (e *FolderEvidence) Attempts(ctx context.Context, chosen int) ([]dsr.Attempt, error) {
	last, err := verify.LastAttempt(ctx, e, e.id)
	return attempts(dsr.Attempt{RequestID: e.id, Number: last}, chosen), err
}
