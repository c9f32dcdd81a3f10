package operator

import (
	"context"
	"errors"
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
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
		}, explainStorage)
		if err != nil && dsr.StatusOf(err) == 0 {
			return // there was no answer at all: one finding is enough
		}
	}

	d.checkWriting(ctx, exports)
	d.checkWriting(ctx, index)
	d.checkProtection(ctx, index)
	d.checkAccount(ctx, exports.in)
}

// checkWriting writes a blob create-only and deletes it.
func (d *doctor) checkWriting(ctx context.Context, c namedContainer) {
	blob := doctorPrefix + uuid.NewString()
	written := d.try(ctx, "write to "+c.name, "a blob was written, and not overwritten", func(ctx context.Context) error {
		return writeOnce(ctx, c.in, blob)
	}, explainStorage)
	if written == nil {
		_ = d.try(ctx, "delete from "+c.name, "it was removed again", func(ctx context.Context) error {
			return c.in.Delete(ctx, blob)
		}, explainStorage)
	}
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
	}, explainStorage)
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
		detail, remedy := explainStorage(err)
		d.add(Finding{What: what, Detail: detail, Remedy: remedy})
	case hierarchical:
		d.add(Finding{What: what, Detail: "it has a hierarchical namespace, where a name can't be both file and folder", Remedy: "use an account without one"})
	default:
		d.add(Finding{OK: true, What: what, Detail: "it has no hierarchical namespace"})
	}
}

// explainStorage explains an error of storage, and what to do about it.
func explainStorage(err error) (detail, remedy string) {
	e, _ := errors.AsType[*dsr.Error](err)
	switch {
	case errors.Is(err, errProtected):
		return "an immutability policy or a legal hold keeps its blobs", "remove it from this container, or name another in INDEX_CONTAINER: no request can be closed while the index can't change"
	case errors.Is(err, errOverwritten):
		return "a blob that is there was not protected", "this storage ignores If-None-Match: use another; evidence is not safe in it"
	case e != nil && e.Status == http.StatusNotFound:
		return "there is no such container", "create it, or let the worker do it with its first request"
	case e != nil && e.Status == http.StatusForbidden:
		return "refused, " + e.Code, "give the identity the role Storage Blob Data Contributor, let the firewall pass, or copy the connection string anew"
	case e != nil && e.Code == string(bloberror.InvalidHeaderValue):
		return "the storage doesn't know this version of the protocol", "start Azurite with --skipApiVersionCheck"
	case e != nil && e.Status != 0:
		return e.Message, "look the code up in the documentation of Blob Storage"
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer in time", "check the account's name and the network"
	}
	return "no answer", "check the account's name, the network, and that an identity is signed in; Azurite must be running"
}
