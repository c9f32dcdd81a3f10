package config

import (
	"encoding/json"
	"errors"
	"os"
	"strings"

	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/callback"
	"azureml-dsr/internal/opendsr"
	"azureml-dsr/internal/webhook"
)

// Names of the settings of callbacks.
const (
	callbackHosts      = "CALLBACK_HOSTS"
	callbackSecrets    = "CALLBACK_SECRETS"
	domain             = "DSR_DOMAIN"
	signingKey         = "DSR_SIGNING_KEY"
	signingCertificate = "DSR_SIGNING_CERTIFICATE"
)

// callbacks reads who may be told of changes, and how.
func (r *reader) callbacks(urls azureml.BaseURLs) callback.Settings {
	s := callback.Settings{
		Hosts:   r.callbackHosts(urls),
		Secrets: r.callbackSecrets(),
		Domain:  r.text(domain, ""),
	}
	if s.Domain != "" && (!hostName.MatchString(s.Domain) || strings.ToLower(s.Domain) != s.Domain) {
		r.fault(domain, "must be a host name in lower case like dsr.example.org, without scheme and path")
		return s
	}

	s.Signer = r.signer(s.Domain)

	return s
}

// callbackHosts reads the hosts that may be called. This machine may be one of them only in
// a test, where everything else is on it, too.
func (r *reader) callbackHosts(urls azureml.BaseURLs) callback.Hosts {
	text := r.text(callbackHosts, "")
	if text == "" {
		return nil
	}

	hosts, err := callback.ParseHosts(text)
	switch {
	case err != nil:
		r.fault(callbackHosts, "%s; several with commas between them", err)
		return nil
	case hosts.AnyLoopback() && !urls.AllLoopback():
		r.fault(callbackHosts, "names this machine, which is for tests and allowed only when all AZUREML_*_ENDPOINT settings are loopback; remove it")
		return nil
	}

	return hosts
}

// callbackSecrets reads the secrets of receivers, by host.
func (r *reader) callbackSecrets() map[string]webhook.Secrets {
	text := r.text(callbackSecrets, "")
	if text == "" {
		return nil
	}

	var byHost map[string]string
	if err := json.Unmarshal([]byte(text), &byHost); err != nil {
		r.fault(callbackSecrets, `must be a JSON object of hosts and their secrets, like {"hooks.example.org": "whsec_…"}`)
		return nil
	}

	secrets := map[string]webhook.Secrets{}
	for host, value := range byHost {
		parsed, err := webhook.ParseSecrets(value)
		if err != nil {
			r.fault(callbackSecrets, "the secret of a host: %s; while it is replaced, both with a space between them", err)
			return nil
		}
		secrets[strings.ToLower(host)] = parsed
	}

	return secrets
}

// signer reads what signs for OpenDSR, nil where nothing of it is set. Its three settings
// belong together.
func (r *reader) signer(name string) *opendsr.Signer {
	key, hasKey := r.pemText(signingKey)
	chain, hasChain := r.pemText(signingCertificate)
	switch {
	case r.faulty(signingKey) || r.faulty(signingCertificate) || (!hasKey && !hasChain):
		return nil
	case !hasKey:
		r.fault(signingKey, "is missing: DSR_SIGNING_CERTIFICATE needs it beside it")
		return nil
	case !hasChain:
		r.fault(signingCertificate, "is missing: DSR_SIGNING_KEY needs it beside it")
		return nil
	case name == "":
		r.fault(domain, "is missing: DSR_SIGNING_KEY signs for the domain that the certificate names")
		return nil
	}

	signer, err := opendsr.NewSigner(name, key, chain)
	switch {
	case errors.Is(err, opendsr.ErrKey):
		r.fault(signingKey, "%s", err)
	case err != nil:
		r.fault(signingCertificate, "%s", err)
	}

	return signer
}

// pemText reads PEM text or the path of a PEM file.
func (r *reader) pemText(name string) (text []byte, found bool) {
	value := r.text(name, "")
	if value == "" {
		return nil, false
	}
	if isPEM(value) {
		return normalPEM(value), true
	}

	file, err := os.ReadFile(value)
	if err != nil {
		r.fault(name, "holds no PEM text and names no file that can be read; set PEM text or the path of a PEM file")
		return nil, false
	}

	return file, true
}
