package dsr

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
)

// ContentKey keys the hash of one request's content. It is stored with the subject, so that
// who has both can check the hash, and is removed with it: then nobody can find out by the hash
// whom the request was about. "" means that the hash has no key.
type ContentKey string

// contentKeyLabel keeps these keys apart from any other use of the secret.
const contentKeyLabel = "azureml-dsr content key\x00"

// NewContentKey derives the key of a request from the installation's secret, so that each
// sending of one request has the same. Without a secret there is none.
func NewContentKey(secret, requestID string) ContentKey {
	if secret == "" {
		return ""
	}
	return ContentKey(mac([]byte(secret), contentKeyLabel+requestID))
}

// ID names the key in request.json, "" for none.
func (k ContentKey) ID() string {
	if k == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(k))
	return hex.EncodeToString(sum[:8])
}

// ContentHash returns the hash of the request's content in canonical form (RFC 8785): its
// SHA-256 or, with a key, its HMAC-SHA256. A request that is sent twice has the same.
func (r Request) ContentHash(dueDefaulted bool, key ContentKey) (string, error) {
	canonical, err := r.canonicalContent(dueDefaulted)
	if err != nil {
		return "", err
	}
	if key != "" {
		return mac([]byte(key), string(canonical)), nil
	}
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:]), nil
}

func mac(key []byte, text string) string {
	h := hmac.New(sha256.New, key)
	_, _ = h.Write([]byte(text)) // a hash never fails
	return hex.EncodeToString(h.Sum(nil))
}

// SubjectRecord is subject.json in the exports container. ContentKey is the key of the
// request's contentSha256.
type SubjectRecord struct {
	Subject
	ContentKey ContentKey `json:"contentKey,omitempty"`
}
