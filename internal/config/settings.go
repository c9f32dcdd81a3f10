package config

import (
	"crypto/ecdsa"
	"encoding/json"
	"errors"
	"os"
	"regexp"
	"strings"
	"time"

	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/callback"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/keyvault"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/telemetry"
)

// FunctionTimeout is functionTimeout of host.json, which bounds an invocation. A task's
// message that is older than this has no running invocation.
const FunctionTimeout = 10 * time.Minute

// maxChunkItems bounds CHUNK_ITEMS. A receipt's metadata names the sub-nodes of a chunk
// and must stay below the limit of storage, 8 KB.
const maxChunkItems = 400

// Settings are the checked app settings of the handler. docs/configuration.md describes
// them.
type Settings struct {
	Stores

	BaseURLs azureml.BaseURLs
	// MachineLearningVersion replaces the api-version of machine learning workspaces; ""
	// means the catalogue's.
	MachineLearningVersion string
	// Token is a fixed bearer token; "" means that an identity is used.
	Token string
	// AllowedScopes are ARM id prefixes; empty allows everything.
	AllowedScopes []string
	// Scopes are the scopes that have names.
	Scopes dsr.ScopeNames
	// Directory says whether subjects are looked up.
	Directory Directory
	// TranscendKey is the public key of Transcend's gateway; nil: its jobs are not taken.
	TranscendKey *ecdsa.PublicKey
	// BulkScopes are what bulk_export asks for; empty leaves it nothing to do.
	BulkScopes []dsr.ScopeEntry
	// LostAfter is how long after it was due a task's message may count as lost. Default
	// 15 minutes.
	LostAfter time.Duration
	// RedriveDelays are the pauses after transient failures. Default 1m, 5m, 30m, 2h, 12h.
	RedriveDelays []time.Duration
	// ChunkItems bounds the items that a task reads. Default 50, at most 400.
	ChunkItems int
	// Retention is how long the documents of a closed attempt are kept. Default 30 days.
	Retention time.Duration
	// Delivery is how long a copy for a person can be fetched. Default 7 days.
	Delivery time.Duration
	// Copies is what a copy for a person has unless its order says otherwise. Default: what is
	// surely theirs, and no contents of files.
	Copies dsr.CopyPolicy
	// DeletesEnabled accepts requests that delete. Default false.
	DeletesEnabled bool
	// RequireApproval makes each deletion plan wait for a second person. Default true.
	RequireApproval bool
	// EvidenceKey signs manifests, or EvidenceKeyID names a key of a vault that does. With
	// neither they stay unsigned.
	EvidenceKey   ledger.KeySigner
	EvidenceKeyID string
	// Callbacks are who may be told of a request's changes, and how.
	Callbacks callback.Settings
	// Policies are what is required of new requests, by their source.
	Policies dsr.SourcePolicies
	// ContentSecret keys the hash of each request's content; "" leaves it without a key.
	ContentSecret string
	// API says how callers by HTTP are recognised.
	API API
	// Telemetry says what is recorded of the work and where it goes. Default: nothing.
	Telemetry telemetry.Settings
}

// Load reads all settings of the handler. The error is an Error that names every setting
// that is wrong.
func Load(lookup Lookup) (Settings, error) {
	r := &reader{lookup: lookup}
	s := Settings{Stores: r.stores()}
	s.BaseURLs = r.baseURLs(s.Cloud)
	s.Token = r.token(s.BaseURLs)
	s.Directory = r.directory(s.Cloud, s.Token)
	s.TranscendKey = r.transcendKey()
	s.AllowedScopes = r.allowedScopes()
	s.MachineLearningVersion = r.apiVersion("AZUREML_API_VERSION")
	s.Scopes = r.scopes()
	s.BulkScopes = r.bulkScopes(s.Scopes)
	s.LostAfter = r.lostAfter(s.BaseURLs)
	s.RedriveDelays = r.durations("REDRIVE_DELAYS", "1m,5m,30m,2h,12h")
	s.ChunkItems = r.number("CHUNK_ITEMS", 50, 1, maxChunkItems)
	s.Retention = time.Duration(r.number("EXPORT_RETENTION_DAYS", 30, 1, 36_500)) * 24 * time.Hour
	s.Delivery = time.Duration(r.number("DELIVERY_DAYS", 7, 1, 365)) * 24 * time.Hour
	s.Copies = r.copies()
	s.EvidenceKey, s.EvidenceKeyID = r.evidenceKey()
	s.ContentSecret = r.contentSecret()
	s.Callbacks = r.callbacks(s.BaseURLs)
	s.Policies = r.sourcePolicies()
	s.DeletesEnabled = r.boolean("DELETES_ENABLED", false)
	s.RequireApproval = r.boolean("REQUIRE_APPROVAL", true)
	s.API = r.api()
	s.Telemetry = r.telemetry()

	return s, r.err()
}

var apiVersion = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}(?:-preview)?$`)

// apiVersion reads an api-version, "" where it is not set.
func (r *reader) apiVersion(name string) string {
	v := r.text(name, "")
	if v != "" && !apiVersion.MatchString(v) {
		r.fault(name, "must be an api-version like %s; leave it out for that one", azureml.MachineLearningVersion)
	}
	return v
}

// baseURLs reads the base URLs of Azure ML's services, by default those of the cloud.
func (r *reader) baseURLs(cloud azureml.Cloud) azureml.BaseURLs {
	if cloud.Name == "" {
		return azureml.BaseURLs{} // AZURE_CLOUD is wrong, and the faults of these would follow from it
	}

	urls, err := azureml.ResolveBaseURLs(cloud,
		r.text("AZUREML_ARM_ENDPOINT", ""), r.text("AZUREML_MODELMANAGEMENT_ENDPOINT", ""), r.text("AZUREML_EXPERIMENTS_ENDPOINT", ""))
	if err != nil {
		faults, _ := errors.AsType[azureml.BaseURLErrors](err)
		for _, f := range faults {
			r.fault(f.Setting, "%s", f.Problem)
		}
	}

	return urls
}

// token reads a fixed bearer token. It refuses one that would leave the machine.
func (r *reader) token(urls azureml.BaseURLs) string {
	token := r.text("AZUREML_TOKEN", "")
	if token != "" && !urls.AllLoopback() {
		r.fault("AZUREML_TOKEN", "a fixed token is for tests and allowed only when all AZUREML_*_ENDPOINT settings are loopback; remove it, and an identity is used")
		return ""
	}
	return token
}

// allowedScopes reads a JSON array of ARM ids, nil where it is not set.
func (r *reader) allowedScopes() []string {
	const below = "/subscriptions/"
	text := r.text("DSR_ALLOWED_SCOPES", "")
	if text == "" {
		return nil
	}

	var scopes []string
	err := json.Unmarshal([]byte(text), &scopes)
	ok := err == nil && len(scopes) > 0
	for _, s := range scopes {
		ok = ok && len(s) > len(below) && strings.EqualFold(s[:len(below)], below)
	}
	if !ok {
		r.fault("DSR_ALLOWED_SCOPES", `must be a JSON array of ARM ids, like ["/subscriptions/…/resourceGroups/…"]; leave it out to allow every scope`)
		return nil
	}

	return scopes
}

// lostAfter reads how long a message is waited for. Only a test on loopback may wait for
// less than an invocation can run.
func (r *reader) lostAfter(urls azureml.BaseURLs) time.Duration {
	const name, unset = "LOST_AFTER", "15m"
	d, err := time.ParseDuration(r.text(name, unset))
	switch {
	case err != nil || d <= 0:
		r.fault(name, "must be a positive duration like %s; leave it out for that", unset)
	case d <= FunctionTimeout && !urls.AllLoopback():
		r.fault(name, "must be longer than functionTimeout, which is %s; leave it out for %s", FunctionTimeout, unset)
	}
	return d
}

// minContentSecret is the least number of bytes of CONTENT_KEY: so many as a hash has.
const minContentSecret = 32

// contentSecret reads what the content of requests is hashed by, "" where it is not set.
func (r *reader) contentSecret() string {
	const name = "CONTENT_KEY"
	text := r.text(name, "")
	switch {
	case text == "":
		return ""
	case strings.HasPrefix(text, "@Microsoft.KeyVault("):
		r.fault(name, "is a reference to a key vault that the platform could not resolve; look at the app's settings in the portal, which say why")
		return ""
	case len(text) < minContentSecret:
		r.fault(name, "must have at least %d characters, by chance, as `openssl rand -hex 32` prints", minContentSecret)
		return ""
	default:
		return text
	}
}

// evidenceKey reads PEM text, the path of a PEM file or the identifier of a key in a
// vault. Line breaks of PEM text may be missing or spelled out, because app settings cannot
// always hold them.
func (r *reader) evidenceKey() (key ledger.KeySigner, id string) {
	const name = "EVIDENCE_KEY"
	text := r.text(name, "")
	switch {
	case text == "":
		return nil, ""
	case keyvault.IsKeyID(text):
		if _, err := keyvault.New(text, azureml.StaticToken(""), nil); err != nil {
			r.fault(name, "%s", err)
		}
		return nil, text
	}

	if !isPEM(text) {
		file, err := os.ReadFile(text)
		if err != nil {
			r.fault(name, "holds no PEM text and names no file that can be read; set PEM text, the path of a PEM file, or the identifier of a key in a vault, https://VAULT/keys/NAME")
			return nil, ""
		}
		text = string(file)
	}

	key, err := ledger.ParseEvidenceKey(normalPEM(text))
	if err != nil {
		r.fault(name, "%s", err)
	}

	return key, ""
}
