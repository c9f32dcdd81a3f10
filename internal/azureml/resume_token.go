package azureml

import (
	"encoding/json"
	"errors"
	"time"
)

// maxToken is how many bytes a resume token may have. It holds the URLs of the call and
// of the operation.
const maxToken = 16 << 10

// resumeToken is a deletionPoll between two invocations.
type resumeToken struct {
	NotBefore time.Time       `json:"notBefore,omitzero"`
	Until     time.Time       `json:"until,omitzero"` // when the upstream wants to have ended
	Poller    json.RawMessage `json:"poller"`         // azcore's own token
}

// ResumeAt returns when a token may be used at the earliest, which is when to send the
// message that has it; zero is at once. Await waits if it is called earlier.
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
