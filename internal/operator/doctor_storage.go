package operator

import (
	"context"
	"errors"
	"net/http"

	"github.com/google/uuid"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
)

// doctorPrefix is the prefix of the blobs that the doctor writes.
const doctorPrefix = "_doctor/"

// accountInfo describes the storage account.
type accountInfo interface {
	Hierarchical(ctx context.Context) (bool, error)
}

// containerInfo reports what keeps a container's blobs from being changed.
type containerInfo interface {
	Protected(ctx context.Context) (policy, hold bool, err error)
}

// namedContainer is a container and the name that its findings have.
type namedContainer struct {
	name string
	in   archive.Backend
}

// checkStorage tries to list all containers, and to write create-only and delete where
// that is safe. It also checks that the index can change, and the kind of account.
func (d *doctor) checkStorage(ctx context.Context) {
	exports := namedContainer{d.settings.ExportContainer, d.connections.Exports.Backend()}
	audit := namedContainer{d.settings.AuditContainer, d.connections.Audit.Backend()}
	index := namedContainer{d.settings.IndexContainer, d.connections.Index.Backend()}

	for _, c := range []namedContainer{exports, audit, index} {
		err := d.try(ctx, "list "+c.name, "the container is there and may be listed", func(ctx context.Context) error {
			for _, err := range c.in.List(ctx, doctorPrefix, "") { // hardly any blob has the prefix
				if err != nil {
					return err
				}
			}
			return nil
		}, d.explainStorage(c.name))
		if err != nil && dsr.StatusOf(err) == 0 {
			return // there was no answer at all: one finding is enough
		}
	}

	d.checkLeft(ctx, exports, d.checkWriting(ctx, exports))
	d.checkWriting(ctx, index)
	d.checkAside(ctx, exports)
	d.checkAside(ctx, audit)
	d.checkProtection(ctx, index)
	d.checkAccount(ctx, exports.in)
}

// checkWriting writes a blob create-only and deletes it. It returns the name of the blob,
// "" where it was not written and removed.
func (d *doctor) checkWriting(ctx context.Context, c namedContainer) (removed string) {
	blob := doctorPrefix + uuid.NewString()
	err := d.try(ctx, "write to "+c.name, "a blob was written, and not overwritten", func(ctx context.Context) error {
		return writeOnce(ctx, c.in, blob)
	}, d.explainStorage(c.name))
	if err != nil {
		return ""
	}

	err = d.try(ctx, "delete from "+c.name, "it was removed again", func(ctx context.Context) error {
		return c.in.Delete(ctx, blob)
	}, d.explainStorage(c.name))
	if err != nil {
		return ""
	}
	return blob
}

// checkProtection checks that nothing protects the index from changes.
func (d *doctor) checkProtection(ctx context.Context, c namedContainer) {
	container, ok := c.in.(containerInfo)
	if !ok {
		return
	}
	_ = d.try(ctx, "policies on "+c.name, "it has neither an immutability policy nor a legal hold", func(ctx context.Context) error {
		policy, hold, err := container.Protected(ctx)
		if err == nil && (policy || hold) {
			err = errProtected
		}
		return err
	}, d.explainStorage(c.name))
}

var errProtected = errors.New("the container is immutable")

// writeOnce writes a blob and checks that a second write does not replace it.
func writeOnce(ctx context.Context, in archive.Backend, name string) error {
	// ErrExists comes from this write itself, retried after its answer was lost.
	if err := in.Put(ctx, name, []byte("{}"), nil); err != nil && !errors.Is(err, archive.ErrExists) {
		return err
	}

	err := in.Put(ctx, name, []byte("[]"), nil)
	if errors.Is(err, archive.ErrExists) {
		return nil
	}

	return errors.Join(errOverwritten, err, in.Delete(ctx, name))
}

var errOverwritten = errors.New("a blob was overwritten")

// checkAccount checks the kind of the account. A worker's identity usually has no right to
// ask for it, so a refusal is no failure.
func (d *doctor) checkAccount(ctx context.Context, in archive.Backend) {
	account, ok := in.(accountInfo)
	if !ok {
		return
	}

	const what = "kind of storage account"
	ctx, cancel := context.WithTimeout(ctx, d.timeout)
	defer cancel()

	hierarchical, err := account.Hierarchical(ctx)

	switch {
	case dsr.StatusOf(err) == http.StatusForbidden:
		d.add(Finding{OK: true, What: what, Detail: "it may not be asked; make sure that it has no hierarchical namespace"})
	case err != nil:
		d.add(d.explainStorage("")(err).finding(what))
	case hierarchical:
		d.add(fault{
			detail:  "it has a hierarchical namespace, where a name can't be both file and folder",
			remedy:  "use an account without one",
			command: "az storage account create --name NEW --resource-group GROUP --kind StorageV2 --hierarchical-namespace false",
		}.finding(what))
	default:
		d.add(Finding{OK: true, What: what, Detail: "it has no hierarchical namespace"})
	}
}
