package config

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"azureml-dsr/internal/dsr"
)

const (
	busString     = "Endpoint=sb://127.0.0.1:5672;SharedAccessKeyName=a;SharedAccessKey=c2VjcmV0;UseDevelopmentEmulator=true"
	storageString = "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=c2VjcmV0;EndpointSuffix=core.windows.net"
)

// withBase adds settings, as names and values, to the two that have no default. An empty
// value unsets one.
func withBase(pairs ...string) map[string]string {
	m := map[string]string{"ServiceBusConnection": busString, "ExportStorage": storageString}
	for i := 0; i+1 < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return m
}

// loopback adds settings to those of an Azure ML on this machine.
func loopback(pairs ...string) map[string]string {
	m := withBase(pairs...)
	for _, name := range []string{"AZUREML_ARM_ENDPOINT", "AZUREML_MODELMANAGEMENT_ENDPOINT", "AZUREML_EXPERIMENTS_ENDPOINT"} {
		m[name] = "http://127.0.0.1:1"
	}
	return m
}

func evidencePEM(t *testing.T) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

func TestAbsentSettingsHaveTheirDefaults(t *testing.T) {
	s, err := Load(FromMap(withBase()))
	if err != nil {
		t.Fatal(err)
	}

	day := 24 * time.Hour
	want := []any{"dsr-exports", "dsr-audit", "dsr-index", int32(5000), "AzurePublicCloud", 15 * time.Minute, 50, 30 * day, 7 * day,
		[]time.Duration{time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 12 * time.Hour}}
	got := []any{s.ExportContainer, s.AuditContainer, s.IndexContainer, s.ListPageSize, s.Cloud.Name, s.LostAfter, s.ChunkItems, s.Retention, s.Delivery, s.RedriveDelays}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	if s.AllowedScopes != nil || s.EvidenceKey != nil || s.Token != "" {
		t.Fatal("scopes, key and token have no default")
	}
}

func TestEachSettingIsRead(t *testing.T) {
	file := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(file, []byte(evidencePEM(t)), 0o600); err != nil {
		t.Fatal(err)
	}

	for name, tt := range map[string]struct {
		settings map[string]string
		ok       func(Settings) bool
	}{
		"containers": {withBase("EXPORT_CONTAINER", "ex1", "AUDIT_CONTAINER", "au1", "INDEX_CONTAINER", "in1"), func(s Settings) bool {
			return s.ExportContainer == "ex1" && s.AuditContainer == "au1" && s.IndexContainer == "in1"
		}},
		"the cloud and its endpoints": {withBase("AZURE_CLOUD", "AzureChinaCloud", "AZUREML_MODELMANAGEMENT_ENDPOINT", "https://m", "AZUREML_EXPERIMENTS_ENDPOINT", "https://e"), func(s Settings) bool { return s.BaseURLs.ARM == "https://management.chinacloudapi.cn" }},
		"scopes":                      {withBase("DSR_ALLOWED_SCOPES", `["/subscriptions/a"]`), func(s Settings) bool { return slices.Equal(s.AllowedScopes, []string{"/subscriptions/a"}) }},
		"scopes of bulk exports": {withBase("BULK_EXPORT_SCOPES", `[{"subscriptionId":"a","resourceGroup":"g","location":"l","experimentationAccount":"t","workspaces":[{"name":"w"}]},{"subscriptionId":"b"}]`), func(s Settings) bool {
			return len(s.BulkScopes) == 2 && s.BulkScopes[0].Place.Workspaces[0].Name == "w" && s.BulkScopes[1].Place.SubscriptionID == "b"
		}},
		"names of scopes in bulk exports": {withBase("BULK_EXPORT_SCOPES", `["research",{"subscriptionId":"b"}]`, "DSR_SCOPES", `{"research":{"subscriptionId":"a"}}`), func(s Settings) bool {
			return len(s.BulkScopes) == 2 && s.BulkScopes[0].Name == "research" && s.BulkScopes[1].Place.SubscriptionID == "b"
		}},
		"delays with blanks": {withBase("REDRIVE_DELAYS", "1s, 2s"), func(s Settings) bool {
			return slices.Equal(s.RedriveDelays, []time.Duration{time.Second, 2 * time.Second})
		}},
		"the chunk":                         {withBase("CHUNK_ITEMS", "400"), func(s Settings) bool { return s.ChunkItems == 400 }},
		"the retention":                     {withBase("EXPORT_RETENTION_DAYS", "1"), func(s Settings) bool { return s.Retention == 24*time.Hour }},
		"the delivery":                      {withBase("DELIVERY_DAYS", "1"), func(s Settings) bool { return s.Delivery == 24*time.Hour }},
		"what copies have":                  {withBase("COPY_UNATTRIBUTED", "include", "COPY_FILES", "Include"), func(s Settings) bool { return s.Copies == dsr.CopyPolicy{Unattributed: "include", Files: "include"} }},
		"what copies leave":                 {withBase("COPY_FILES", "leave"), func(s Settings) bool { return s.Copies == dsr.SafePolicy() }},
		"a page size":                       {withBase("LIST_PAGE_SIZE", "1000"), func(s Settings) bool { return s.ListPageSize == 1000 }},
		"a key as text":                     {withBase("EVIDENCE_KEY", evidencePEM(t)), func(s Settings) bool { return s.EvidenceKey != nil }},
		"a key on one line":                 {withBase("EVIDENCE_KEY", strings.ReplaceAll(evidencePEM(t), "\n", `\n`)), func(s Settings) bool { return s.EvidenceKey != nil }},
		"a key with spaces for line breaks": {withBase("EVIDENCE_KEY", strings.ReplaceAll(evidencePEM(t), "\n", " ")), func(s Settings) bool { return s.EvidenceKey != nil }},
		"a key without line breaks":         {withBase("EVIDENCE_KEY", strings.ReplaceAll(evidencePEM(t), "\n", "")), func(s Settings) bool { return s.EvidenceKey != nil }},
		"a key with line breaks of Windows": {withBase("EVIDENCE_KEY", strings.ReplaceAll(evidencePEM(t), "\n", `\r\n`)), func(s Settings) bool { return s.EvidenceKey != nil }},
		"a key in Base64":                   {withBase("EVIDENCE_KEY", base64.StdEncoding.EncodeToString([]byte(evidencePEM(t)))), func(s Settings) bool { return s.EvidenceKey != nil }},
		"a key in a file":                   {withBase("EVIDENCE_KEY", file), func(s Settings) bool { return s.EvidenceKey != nil }},
		"deletes are off":                   {withBase("DELETES_ENABLED", ""), func(s Settings) bool { return !s.DeletesEnabled && s.RequireApproval }},
		"deletes switched on":               {withBase("DELETES_ENABLED", "true"), func(s Settings) bool { return s.DeletesEnabled && s.RequireApproval }},
		"no approval":                       {withBase("REQUIRE_APPROVAL", "false"), func(s Settings) bool { return !s.DeletesEnabled && !s.RequireApproval }},
		"a key in a vault":                  {withBase("EVIDENCE_KEY", "https://v.vault.azure.net/keys/evidence"), func(s Settings) bool { return s.EvidenceKey == nil && s.EvidenceKeyID != "" }},
		"an older api-version":              {withBase("AZUREML_API_VERSION", "2024-04-01"), func(s Settings) bool { return s.MachineLearningVersion == "2024-04-01" }},
		"a token for loopback":              {loopback("AZUREML_TOKEN", "t"), func(s Settings) bool { return s.Token == "t" }},
		"a short wait for loopback":         {loopback("LOST_AFTER", "1s"), func(s Settings) bool { return s.LostAfter == time.Second }},
		"a secret of contents":              {withBase("CONTENT_KEY", strings.Repeat("s", 32)), func(s Settings) bool { return len(s.ContentSecret) == 32 }},
		"a namespace and an identity": {withBase("ServiceBusConnection", "", "ServiceBusConnection__fullyQualifiedNamespace", "n.servicebus.windows.net", "ServiceBusConnection__credential", "managedIdentity", "ServiceBusConnection__clientId", "id"), func(s Settings) bool {
			return s.ServiceBus == Connection{Address: "n.servicebus.windows.net", ManagedIdentity: true, ClientID: "id"}
		}},
		"an identity by its resource": {withBase("ExportStorage", "", "ExportStorage__blobServiceUri", "https://a.blob.core.windows.net", "ExportStorage__managedIdentityResourceId", "/subscriptions/s"), func(s Settings) bool {
			return s.Storage == Connection{Address: "https://a.blob.core.windows.net", ResourceID: "/subscriptions/s"}
		}},
		"an identity by its object": {withBase("ExportStorage", "", "ExportStorage__blobServiceUri", "https://a.blob.core.windows.net", "ExportStorage__managedIdentityObjectId", "o"), func(s Settings) bool {
			return s.Storage == Connection{Address: "https://a.blob.core.windows.net", ObjectID: "o"}
		}},
		"an application and its secret": {withBase("ServiceBusConnection", "", "ServiceBusConnection__fullyQualifiedNamespace", "n.servicebus.windows.net", "ServiceBusConnection__tenantId", "t", "ServiceBusConnection__clientId", "c", "ServiceBusConnection__clientSecret", "x"), func(s Settings) bool {
			return s.ServiceBus == Connection{Address: "n.servicebus.windows.net", TenantID: "t", ClientID: "c", ClientSecret: "x"}
		}},
		"a storage URL and an identity":  {withBase("ExportStorage", "", "ExportStorage__blobServiceUri", "https://a.blob.core.windows.net"), func(s Settings) bool { return s.Storage == Connection{Address: "https://a.blob.core.windows.net"} }},
		"an identity of the platform":    {withBase("IDENTITY_ENDPOINT", "http://x"), func(s Settings) bool { return s.PlatformIdentity }},
		"an older one of the platform":   {withBase("MSI_ENDPOINT", "http://x"), func(s Settings) bool { return s.PlatformIdentity }},
		"an empty value like an unset":   {withBase("CHUNK_ITEMS", " "), func(s Settings) bool { return s.ChunkItems == 50 }},
		"a connection string wins first": {withBase("ServiceBusConnection__fullyQualifiedNamespace", "n.servicebus.windows.net"), func(s Settings) bool { return s.ServiceBus.ConnectionString == busString }},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := Load(FromMap(tt.settings))
			if err != nil {
				t.Fatal(err)
			}
			if !tt.ok(s) {
				t.Fatal("the setting has no effect")
			}
		})
	}
}

func TestAWrongSettingIsRefusedByName(t *testing.T) {
	for name, tt := range map[string]struct {
		settings map[string]string
		setting  string
	}{
		"no namespace":                      {withBase("ServiceBusConnection", ""), "ServiceBusConnection"},
		"no storage":                        {withBase("ExportStorage", ""), "ExportStorage"},
		"a broken connection string":        {withBase("ServiceBusConnection", "secret"), "ServiceBusConnection"},
		"a broken storage string":           {withBase("ExportStorage", "secret"), "ExportStorage"},
		"a string of one queue":             {withBase("ServiceBusConnection", busString+";entitypath=secret"), "ServiceBusConnection"},
		"a connection that Key Vault keeps": {withBase("ServiceBusConnection", "@Microsoft.KeyVault(SecretUri=https://v.vault.azure.net/secrets/s)"), "ServiceBusConnection"},
		"a key that Key Vault keeps":        {withBase("EVIDENCE_KEY", "@Microsoft.KeyVault(VaultName=v;SecretName=secret)"), "EVIDENCE_KEY"},
		"an address that a store keeps":     {withBase("ExportStorage", "", "ExportStorage__blobServiceUri", "@Microsoft.AppConfiguration(Endpoint=secret)"), "ExportStorage__blobServiceUri"},
		"a number that a store keeps":       {withBase("CHUNK_ITEMS", "@microsoft.appconfiguration(Endpoint=secret)"), "CHUNK_ITEMS"},
		"a tenant without a secret":         {withBase("ExportStorage__tenantId", "t"), "ExportStorage__tenantId"},
		"a credential without a tenant":     {withBase("ExportStorage__clientSecret", "x", "ExportStorage__clientId", "c"), "ExportStorage__tenantId"},
		"a credential of nobody":            {withBase("ExportStorage__clientSecret", "x", "ExportStorage__tenantId", "t"), "ExportStorage__clientId"},
		"two identities":                    {withBase("ExportStorage__managedIdentityResourceId", "x", "ExportStorage__clientId", "c"), "ExportStorage__clientId"},
		"a certificate":                     {withBase("ServiceBusConnection__certificate", "x"), "ServiceBusConnection__certificate"},
		"a password":                        {withBase("ServiceBusConnection__password", "x"), "ServiceBusConnection__password"},
		"a namespace with a scheme":         {withBase("ServiceBusConnection", "", "ServiceBusConnection__fullyQualifiedNamespace", "sb://secret.servicebus.windows.net"), "ServiceBusConnection__fullyQualifiedNamespace"},
		"storage over plain http":           {withBase("ExportStorage", "", "ExportStorage__blobServiceUri", "http://secret.blob.core.windows.net"), "ExportStorage__blobServiceUri"},
		"an unknown credential":             {withBase("ExportStorage__credential", "secret"), "ExportStorage__credential"},
		"a container's name too short":      {withBase("EXPORT_CONTAINER", "ex"), "EXPORT_CONTAINER"},
		"a container's name too long":       {withBase("EXPORT_CONTAINER", strings.Repeat("a-", 31)+"bc"), "EXPORT_CONTAINER"},
		"no container's name":               {withBase("EXPORT_CONTAINER", "Secret_"), "EXPORT_CONTAINER"},
		"one container for both":            {withBase("EXPORT_CONTAINER", "same1", "AUDIT_CONTAINER", "same1"), "AUDIT_CONTAINER"},
		"the index among the documents":     {withBase("INDEX_CONTAINER", "dsr-exports"), "INDEX_CONTAINER"},
		"the index among the evidence":      {withBase("INDEX_CONTAINER", "dsr-audit"), "INDEX_CONTAINER"},
		"an unknown cloud":                  {withBase("AZURE_CLOUD", "secret"), "AZURE_CLOUD"},
		"a cloud without endpoints":         {withBase("AZURE_CLOUD", "AzureChinaCloud", "AZUREML_MODELMANAGEMENT_ENDPOINT", "https://m"), "AZUREML_EXPERIMENTS_ENDPOINT"},
		"an endpoint over plain http":       {withBase("AZUREML_ARM_ENDPOINT", "http://secret.example"), "AZUREML_ARM_ENDPOINT"},
		"no api-version":                    {withBase("AZUREML_API_VERSION", "secret&x=1"), "AZUREML_API_VERSION"},
		"a token outside loopback":          {withBase("AZUREML_TOKEN", "secret"), "AZUREML_TOKEN"},
		"scopes that are no JSON":           {withBase("DSR_ALLOWED_SCOPES", "/subscriptions/secret"), "DSR_ALLOWED_SCOPES"},
		"a scope that is no ARM id":         {withBase("DSR_ALLOWED_SCOPES", `["secret"]`), "DSR_ALLOWED_SCOPES"},
		"scopes that allow nothing":         {withBase("DSR_ALLOWED_SCOPES", `[]`), "DSR_ALLOWED_SCOPES"},
		"bulk scopes that are no JSON":      {withBase("BULK_EXPORT_SCOPES", "secret"), "BULK_EXPORT_SCOPES"},
		"bulk scopes of nothing":            {withBase("BULK_EXPORT_SCOPES", "[]"), "BULK_EXPORT_SCOPES"},
		"bulk scopes with more behind":      {withBase("BULK_EXPORT_SCOPES", `[{"subscriptionId":"a"}] secret`), "BULK_EXPORT_SCOPES"},
		"a bulk scope with another member":  {withBase("BULK_EXPORT_SCOPES", `[{"subscriptionId":"a","secret":1}]`), "BULK_EXPORT_SCOPES"},
		"a bulk scope of no subscription":   {withBase("BULK_EXPORT_SCOPES", `[{"resourceGroup":"secret"}]`), "BULK_EXPORT_SCOPES"},
		"a bulk scope of no location":       {withBase("BULK_EXPORT_SCOPES", `[{"subscriptionId":"a","resourceGroup":"g","modelManagementAccount":"secret"}]`), "BULK_EXPORT_SCOPES"},
		"a bulk scope by a name of none":    {withBase("BULK_EXPORT_SCOPES", `["secret"]`), "BULK_EXPORT_SCOPES"},
		"a bulk scope by an unknown name":   {withBase("BULK_EXPORT_SCOPES", `["secret"]`, "DSR_SCOPES", `{"research":{"subscriptionId":"a"}}`), "BULK_EXPORT_SCOPES"},
		"a bulk scope by wrong names":       {withBase("BULK_EXPORT_SCOPES", `["secret"]`, "DSR_SCOPES", `secret`), "DSR_SCOPES"},
		"a bulk scope that is a number":     {withBase("BULK_EXPORT_SCOPES", `[7]`), "BULK_EXPORT_SCOPES"},
		"a wait shorter than an invocation": {withBase("LOST_AFTER", "10m"), "LOST_AFTER"},
		"a wait that is no duration":        {loopback("LOST_AFTER", "secret"), "LOST_AFTER"},
		"a delay of nothing":                {withBase("REDRIVE_DELAYS", "1m,0s"), "REDRIVE_DELAYS"},
		"delays that are no durations":      {withBase("REDRIVE_DELAYS", "secret"), "REDRIVE_DELAYS"},
		"a secret that is short":            {withBase("CONTENT_KEY", strings.Repeat("s", 31)), "CONTENT_KEY"},
		"a secret that was not resolved":    {withBase("CONTENT_KEY", "@Microsoft.KeyVault(SecretUri=https://v.vault.azure.net/secrets/content)"), "CONTENT_KEY"},
		"a chunk of nothing":                {withBase("CHUNK_ITEMS", "0"), "CHUNK_ITEMS"},
		"a chunk too large":                 {withBase("CHUNK_ITEMS", "401"), "CHUNK_ITEMS"},
		"no retention":                      {withBase("EXPORT_RETENTION_DAYS", "0"), "EXPORT_RETENTION_DAYS"},
		"no delivery":                       {withBase("DELIVERY_DAYS", "0"), "DELIVERY_DAYS"},
		"no choice about what is nobody's":  {withBase("COPY_UNATTRIBUTED", "secret"), "COPY_UNATTRIBUTED"},
		"no choice about files":             {withBase("COPY_FILES", "secret"), "COPY_FILES"},
		"a key that is none":                {withBase("EVIDENCE_KEY", "-----BEGIN secret-----"), "EVIDENCE_KEY"},
		"a key file that isn't there":       {withBase("EVIDENCE_KEY", "/nowhere/secret"), "EVIDENCE_KEY"},
		"a secret of a vault":               {withBase("EVIDENCE_KEY", "https://v.vault.azure.net/secrets/secret"), "EVIDENCE_KEY"},
		"an approval that is neither":       {withBase("REQUIRE_APPROVAL", "secret"), "REQUIRE_APPROVAL"},
		"a switch that is neither":          {withBase("DELETES_ENABLED", "secret"), "DELETES_ENABLED"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Load(FromMap(tt.settings))
			faults, ok := errors.AsType[Error](err)
			if !ok || len(faults) != 1 || faults[0].Setting != tt.setting {
				t.Fatalf("got %v, want one fault of %s", err, tt.setting)
			}
			own := strings.NewReplacer("Key Vault Secrets User", "", "clientSecret", "", "the secret of an application", "")
			if strings.Contains(strings.ToLower(own.Replace(err.Error())), "secret") {
				t.Fatalf("the value is quoted: %v", err)
			}
		})
	}
}

func TestOneErrorNamesAllWrongSettings(t *testing.T) {
	wrong := map[string]string{
		"ServiceBusConnection": "x", "ExportStorage": "x", "CHUNK_ITEMS": "x", "LOST_AFTER": "x",
		"REDRIVE_DELAYS": "x", "EVIDENCE_KEY": "x", "AZUREML_ARM_ENDPOINT": "x", "DSR_ALLOWED_SCOPES": "x", "DELETES_ENABLED": "x",
	}

	_, err := Load(FromMap(wrong))
	faults, _ := errors.AsType[Error](err)
	got := map[string]bool{}
	for _, f := range faults {
		got[f.Setting] = true
	}

	if diff := cmp.Diff(slices.Sorted(maps.Keys(wrong)), slices.Sorted(maps.Keys(got))); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
}
