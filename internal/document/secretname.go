package document

import (
	"hash/maphash"
	"strings"
	"sync/atomic"
)

// secretNames are names of members, variables and parameters whose value is a secret,
// in small letters and without what separates words. A name that ends in one is one.
var secretNames = []string{
	"password", "passwd", "pwd", "passphrase", "passcode",
	"secret", "apikey", "accesskey", "accountkey", "storagekey", "sharedaccesskey", "sharedaccesssignature",
	"privatekey", "privatekeydata", "secretkey", "secretaccesskey", "subscriptionkey", "functionkey", "encryptionkey",
	"token", "connectionstring", "connstr", "authorization", "credential",
}

// shortSecretNames are secrets' names that other words end in.
var shortSecretNames = map[string]bool{"sig": true, "sas": true, "pat": true, "pw": true, "auth": true}

// harmlessNames end in a secret's name and are none: cursors, and what tokenizers and
// language models call tokens.
var harmlessNames = map[string]bool{
	"continuationtoken": true, "nexttoken": true, "nextpagetoken": true, "pagetoken": true, "skiptoken": true,
	"synctoken": true, "deltatoken": true, "cancellationtoken": true,
	"padtoken": true, "eostoken": true, "bostoken": true, "unktoken": true, "septoken": true, "clstoken": true,
	"masktoken": true, "stoptoken": true, "perthousandtoken": true, "numtoken": true, "maxtoken": true,
}

// maxSecretName is how long a name may be that is looked at, in bytes.
const maxSecretName = 100

// isSecretName reports whether a name says that its value is a secret.
func isSecretName(name string) bool {
	if len(name) > maxSecretName {
		return false
	}

	plain := strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case strings.ContainsRune("_-. :", r):
			return -1
		default:
			return r
		}
	}, name)

	switch {
	case shortSecretNames[plain]:
		return true
	case harmlessNames[plain]:
		return false
	}

	for _, secret := range secretNames {
		if strings.HasSuffix(plain, secret) {
			return true
		}
	}

	return false
}

// knownNames are names of which a process remembers whether they are secrets', each at a
// place that follows from its bytes. Another one takes its place.
var (
	knownNames [4096]atomic.Pointer[knownName]
	nameSeed   = maphash.MakeSeed()
)

type knownName struct {
	name   string
	secret bool
}

// secretName is isSecretName, which remembers: documents have the same names again and
// again.
func secretName(name []byte) bool {
	if len(name) > maxSecretName {
		return false
	}

	place := &knownNames[maphash.Bytes(nameSeed, name)%uint64(len(knownNames))]
	if known := place.Load(); known != nil && known.name == string(name) {
		return known.secret
	}

	known := &knownName{name: string(name)}
	known.secret = isSecretName(known.name)
	place.Store(known)

	return known.secret
}
