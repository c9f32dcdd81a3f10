package webhook_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/webhook"
)

// The vector of the specification's reference libraries.
const (
	referenceSecret    = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	referenceID        = "msg_p5jXN8AQM9LWM0D4loKWxJek"
	referenceTime      = 1614265330
	referenceBody      = `{"test": 2432232314}`
	referenceSignature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
)

func TestASignatureIsThatOfTheReferenceLibraries(t *testing.T) {
	other := "whsec_" + base64.StdEncoding.EncodeToString(make([]byte, 32))
	for name, tt := range map[string]struct {
		secrets string
		want    func(signature string) bool
	}{
		"by one secret":      {referenceSecret, func(s string) bool { return s == referenceSignature }},
		"without its prefix": {strings.TrimPrefix(referenceSecret, "whsec_"), func(s string) bool { return s == referenceSignature }},
		"while the secret is replaced": {referenceSecret + " " + other, func(s string) bool {
			first, second, _ := strings.Cut(s, " ")
			return first == referenceSignature && strings.HasPrefix(second, "v1,") && second != first
		}},
	} {
		t.Run(name, func(t *testing.T) {
			secrets, err := webhook.ParseSecrets(tt.secrets)
			if err != nil {
				t.Fatal(err)
			}

			h := http.Header{}
			secrets.Sign(h, referenceID, time.Unix(referenceTime, 0), []byte(referenceBody))

			if got := h.Get("webhook-signature"); !tt.want(got) {
				t.Errorf("signed %q", got)
			}
			if h.Get("webhook-id") != referenceID || h.Get("webhook-timestamp") != "1614265330" {
				t.Errorf("the headers are %v", h)
			}
		})
	}
}

func TestWithoutASecretThereIsNoSignature(t *testing.T) {
	h := http.Header{}
	webhook.Secrets(nil).Sign(h, "a", time.Unix(1, 0), nil)
	if _, signed := h["Webhook-Signature"]; signed || h.Get("webhook-id") != "a" {
		t.Errorf("the headers are %v", h)
	}
}

func TestASecretThatIsNoneIsRefused(t *testing.T) {
	short := base64.StdEncoding.EncodeToString(make([]byte, 23))
	long := base64.StdEncoding.EncodeToString(make([]byte, 65))
	for name, text := range map[string]string{
		"empty":                      "",
		"a prefix":                   "whsec_",
		"no Base64":                  "whsec_geheim!",
		"too short":                  "whsec_" + short,
		"too long":                   "whsec_" + long,
		"one good and one too short": referenceSecret + " whsec_" + short,
	} {
		if _, err := webhook.ParseSecrets(text); err == nil {
			t.Errorf("%s is taken", name)
		} else if strings.Contains(err.Error(), "geheim") || strings.Contains(err.Error(), short) {
			t.Errorf("%s is quoted: %v", name, err)
		}
	}
}
