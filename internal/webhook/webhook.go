// Package webhook signs requests as the Standard Webhooks specification wants it, by a
// secret that sender and receiver share.
package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Headers of a signed request.
const (
	HeaderID        = "webhook-id"
	HeaderTimestamp = "webhook-timestamp"
	HeaderSignature = "webhook-signature"
)

// prefix begins a secret in its usual form.
const prefix = "whsec_"

// The lengths of a secret in bytes, by the specification.
const minSecret, maxSecret = 24, 64

// Secrets are those of one receiver: more than one while they are replaced.
type Secrets [][]byte

// ParseSecrets reads secrets with spaces between them, each whsec_ and Base64. Its errors
// quote none of them.
func ParseSecrets(text string) (Secrets, error) {
	var secrets Secrets
	for field := range strings.FieldsSeq(text) {
		secret, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(field, prefix))
		if err != nil {
			return nil, errors.New("want whsec_ and Base64")
		}
		if len(secret) < minSecret || len(secret) > maxSecret {
			return nil, errors.New("want 24 to 64 bytes, as `openssl rand -base64 32` prints after whsec_")
		}
		secrets = append(secrets, secret)
	}
	if len(secrets) == 0 {
		return nil, errors.New("want whsec_ and Base64")
	}

	return secrets, nil
}

// Sign sets the headers of a request with an id and a body. Without secrets it sets no
// signature.
func (s Secrets) Sign(h http.Header, id string, at time.Time, body []byte) {
	timestamp := strconv.FormatInt(at.Unix(), 10)
	h.Set(HeaderID, id)
	h.Set(HeaderTimestamp, timestamp)

	var signatures []string
	for _, secret := range s {
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(id + "." + timestamp + "."))
		mac.Write(body)
		signatures = append(signatures, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	if len(signatures) > 0 {
		h.Set(HeaderSignature, strings.Join(signatures, " "))
	}
}
