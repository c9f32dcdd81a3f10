// Package keyvault signs manifests with a key that never leaves Azure Key Vault.
package keyvault

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"sync"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azkeys"

	"azureml-dsr/internal/dsr"
)

// keyPath is the path of a key's identifier: https://{vault}/keys/{name}[/{version}].
var keyPath = regexp.MustCompile(`^/keys/([0-9A-Za-z-]{1,127})(?:/([0-9a-f]{32}))?/?$`)

// IsKeyID reports whether a setting is the identifier of a key in a vault, and not a file or
// PEM text.
func IsKeyID(text string) bool { return strings.HasPrefix(text, "https://") }

// Signer signs manifests with a P-256 key of a vault (ES256). It is safe for concurrent use.
type Signer struct {
	client *azkeys.Client
	name   string

	mu      sync.Mutex
	version string           // "" until the key is read, if the identifier has none
	public  *ecdsa.PublicKey // nil until the key is read
}

// New returns a signer for the identifier of a key. It sends nothing. If the identifier has no
// version, the version that is current at the first signature is used from then on. The keyId
// of a signature identifies the version.
func New(id string, credential azcore.TokenCredential, opts *azkeys.ClientOptions) (*Signer, error) {
	u, err := url.Parse(id)
	if err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("want the identifier of a key, https://VAULT/keys/NAME")
	}
	parts := keyPath.FindStringSubmatch(u.Path)
	if parts == nil {
		return nil, errors.New("want the identifier of a key, https://VAULT/keys/NAME or https://VAULT/keys/NAME/VERSION")
	}
	client, err := azkeys.NewClient(u.Scheme+"://"+u.Host, credential, opts)
	if err != nil {
		return nil, fmt.Errorf("connecting to the key vault: %w", err)
	}

	return &Signer{client: client, name: parts[1], version: parts[2]}, nil
}

// Sign returns a signature over the SHA-256 of a body. The identity needs the permissions get
// and sign on the key. An error of the vault is transient.
func (s *Signer) Sign(ctx context.Context, body []byte) (dsr.Signature, error) {
	public, err := s.key(ctx)
	if err != nil {
		return dsr.Signature{}, err
	}
	id, err := dsr.KeyID(public)
	if err != nil {
		return dsr.Signature{}, err
	}

	digest := sha256.Sum256(body)
	algorithm := azkeys.SignatureAlgorithmES256
	answer, err := s.client.Sign(ctx, s.name, s.version, azkeys.SignParameters{Algorithm: &algorithm, Value: digest[:]}, nil)
	if err != nil {
		return dsr.Signature{}, transient("signing", err)
	}
	sig := dsr.Signature{Alg: dsr.ES256, KeyID: id, Signature: base64.StdEncoding.EncodeToString(answer.Result)}
	if why := dsr.CheckSignature(sig, public, body); why != "" { // the key was rotated after it was read
		return dsr.Signature{}, dsr.Errorf(dsr.Transient, dsr.ReasonTransient, "the vault signed with another version of the key: %s", why)
	}

	return sig, nil
}

// key returns the public key. It reads the key once and pins its version.
func (s *Signer) key(ctx context.Context) (*ecdsa.PublicKey, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.public != nil {
		return s.public, nil
	}
	answer, err := s.client.GetKey(ctx, s.name, s.version, nil)
	if err != nil {
		return nil, transient("reading the key", err)
	}
	k := answer.Key
	if k == nil || k.KID == nil || k.Crv == nil || *k.Crv != azkeys.CurveNameP256 {
		return nil, dsr.Errorf(dsr.Transient, dsr.ReasonTransient, "EVIDENCE_KEY names a key that is not on the curve P-256")
	}

	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), uncompressed(k.X, k.Y))
	if err != nil {
		return nil, dsr.Errorf(dsr.Transient, dsr.ReasonTransient, "the vault's key is no point of the curve P-256")
	}

	s.public, s.version = public, k.KID.Version()
	return public, nil
}

// uncompressed returns a point in the uncompressed form of SEC 1 (section 2.3.3), or nil.
func uncompressed(x, y []byte) []byte {
	const size = 32
	point := make([]byte, 1+2*size)
	point[0] = 4
	if len(x) > size || len(y) > size {
		return nil // not a point of the curve
	}
	copy(point[1+size-len(x):], x)
	copy(point[1+2*size-len(y):], y)
	return point
}

// transient turns an error of the vault into a transient one, so that the reconciler tries
// again.
func transient(doing string, err error) error {
	e := dsr.Errorf(dsr.Transient, dsr.ReasonTransient, "%s in the key vault failed", doing)
	if answer, ok := errors.AsType[*azcore.ResponseError](err); ok {
		e.Status, e.Code = answer.StatusCode, answer.ErrorCode
		e.Message = fmt.Sprintf("%s: HTTP %d %s", e.Message, e.Status, e.Code)
	}
	e.Err = err
	return e
}
