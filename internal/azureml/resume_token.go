package azureml

import (
	"encoding/json"
	"errors"
	"time"
)

// maxToken bounds a resume token, in bytes. It holds the call's URL and the
// operation's.
const maxToken = 16 << 10

// resumeToken is a poll at rest.
type resumeToken struct {
	NotBefore time.Time       `json:"notBefore,omitzero"`
	Poller    json.RawMessage `json:"poller"` // azcore's own token
}

// ResumeAt returns when a token may be used at the earliest, which is when to
// send what carries it; zero for at once. Await waits for it where it must.
func ResumeAt(token string) time.Time {
	t, err := readToken(token)
	if err != nil {
		return time.Time{}
	}
	return t.NotBefore
}

func readToken(token string) (t resumeToken, err error) {
	if len(token) > maxToken {
		return t, errors.New("too long for a resume token")
	}
	err = json.Unmarshal([]byte(token), &t)
	return t, err
}
