// Package transcend takes the webhook that Transcend sends for each new privacy request job
// (https://docs.transcend.io/docs/api-reference/webhook/new-privacy-request-job).
package transcend

import (
	"crypto/ecdsa"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"math/big"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

// HeaderToken has the token by which Transcend's gateway, Sombra, shows who it is.
const HeaderToken = "X-Sombra-Token"

// maxToken bounds a token in bytes.
const maxToken = 16 << 10

// tokenAge is how old a token may be, and clockSkew how far the gateway's clock may be
// ahead.
const (
	tokenAge  = 24 * time.Hour
	clockSkew = 5 * time.Minute
)

var errToken = errors.New("x-sombra-token: want a token that the gateway has signed by ES384, not older than a day")

// claims are what a token says.
type claims struct {
	// Value is the identifier of the person whom the webhook is about.
	Value string `json:"value"`
	// IssuedAt and Expires are seconds of Unix time.
	IssuedAt float64 `json:"iat"`
	Expires  float64 `json:"exp"`
}

// verify returns what a token says, if the gateway has signed it. The algorithm is ours,
// not the token's.
func verify(token string, key *ecdsa.PublicKey, now time.Time) (claims, error) {
	parts := strings.Split(token, ".")
	if len(token) > maxToken || len(parts) != 3 {
		return claims{}, errToken
	}
	var header struct {
		Alg string `json:"alg"`
	}
	if decodePart(parts[0], &header) != nil || header.Alg != "ES384" {
		return claims{}, errToken
	}
	if !signed(parts, key) {
		return claims{}, errToken
	}

	var c claims
	if decodePart(parts[1], &c) != nil {
		return claims{}, errToken
	}
	seconds := float64(now.Unix())
	tooOld := c.IssuedAt < seconds-tokenAge.Seconds()
	tooNew := c.IssuedAt > seconds+clockSkew.Seconds()
	if tooOld || tooNew || (c.Expires != 0 && c.Expires < seconds-clockSkew.Seconds()) {
		return claims{}, errToken
	}

	return c, nil
}

// signed reports whether a token's third part is the signature of the first two.
func signed(parts []string, key *ecdsa.PublicKey) bool {
	const half = 48 // bytes of each of the two numbers
	signature, err := base64.RawURLEncoding.Strict().DecodeString(parts[2])
	if err != nil || len(signature) != 2*half {
		return false
	}
	sum := sha512.Sum384([]byte(parts[0] + "." + parts[1]))
	r, s := new(big.Int).SetBytes(signature[:half]), new(big.Int).SetBytes(signature[half:])
	return ecdsa.Verify(key, sum[:], r, s)
}

// decodePart decodes a part of a token, which two readers must not understand differently.
func decodePart(part string, into any) error {
	text, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}
