package document

import (
	"strings"
	"sync"
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

// maxKnownNames bounds the names of which a process remembers whether they are secrets'.
const maxKnownNames = 4096

var knownNames struct {
	sync.RWMutex
	secret map[string]bool
}

// secretName is isSecretName, which remembers: documents have the same names again and
// again.
func secretName(name []byte) bool {
	if len(name) > maxSecretName {
		return false
	}

	knownNames.RLock()
	secret, known := knownNames.secret[string(name)]
	knownNames.RUnlock()
	if known {
		return secret
	}

	secret = isSecretName(string(name))
	knownNames.Lock()
	defer knownNames.Unlock()
	if knownNames.secret == nil || len(knownNames.secret) >= maxKnownNames {
		knownNames.secret = map[string]bool{}
	}
	knownNames.secret[string(name)] = secret

	return secret
}
