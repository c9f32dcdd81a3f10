package archive_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
)

func TestAHierarchicalNamespaceIsReported(t *testing.T) {
	for header, want := range map[string]bool{"true": true, "false": false, "": false} {
		headers := []string{"x-ms-is-hns-enabled", header}
		if header == "" {
			headers = nil
		}
		if got, err := dialed(t, answering(200, headers...)).Hierarchical(t.Context()); err != nil || got != want {
			t.Errorf("%q: %t, %v", header, got, err)
		}
	}

	_, err := dialed(t, answering(403, "x-ms-error-code", "AuthorizationFailure")).Hierarchical(t.Context())
	if dsr.StatusOf(err) != 403 {
		t.Errorf("refused: %v", err)
	}
}

func TestAPolicyAndAHoldOnAContainerAreReported(t *testing.T) {
	for _, c := range []struct {
		policy, hold, versions string
		wantPolicy, wantHold   bool
	}{
		{"true", "false", "false", true, false},
		{"false", "true", "false", false, true},
		{"false", "false", "true", true, false},
		{"false", "false", "false", false, false},
	} {
		backend := dialed(t, answering(200, "x-ms-has-immutability-policy", c.policy, "x-ms-has-legal-hold", c.hold, "x-ms-immutable-storage-with-versioning-enabled", c.versions))
		policy, hold, err := backend.Protected(t.Context())
		if err != nil || policy != c.wantPolicy || hold != c.wantHold {
			t.Errorf("policy %s, hold %s: %t, %t, %v", c.policy, c.hold, policy, hold, err)
		}
	}
	if _, _, err := dialed(t, answering(403, "x-ms-error-code", "AuthorizationFailure")).Protected(t.Context()); dsr.StatusOf(err) != 403 {
		t.Errorf("refused: %v", err)
	}
}

// listing answers as storage that lists some blobs, and notes the query.
func listing(blobs string, asked *string) transport {
	body := `<?xml version="1.0" encoding="utf-8"?><EnumerationResults ContainerName="c"><Blobs>` + blobs + `</Blobs><NextMarker/></EnumerationResults>`
	return func(r *http.Request) (*http.Response, error) {
		*asked = r.URL.RawQuery
		return &http.Response{
			StatusCode: http.StatusOK,
			Header:     http.Header{"Content-Type": {"application/xml"}},
			Body:       io.NopCloser(strings.NewReader(body)),
			Request:    r,
		}, nil
	}
}

func TestWhatIsLeftOfARemovedBlobIsSeen(t *testing.T) {
	for name, c := range map[string]struct {
		blobs string
		want  archive.Left
	}{
		"nothing":                 {"", archive.Left{}},
		"another blob":            {"<Blob><Name>a/10</Name><Deleted>true</Deleted></Blob>", archive.Left{}},
		"itself, softly deleted":  {"<Blob><Name>a/1</Name><Deleted>true</Deleted><Properties><RemainingRetentionDays>7</RemainingRetentionDays></Properties></Blob>", archive.Left{Deleted: true, Days: 7}},
		"a version of it":         {"<Blob><Name>a/1</Name><VersionId>2026-11-29T00:00:00.0000000Z</VersionId><Properties/></Blob>", archive.Left{Versions: true}},
		"a deleted version of it": {"<Blob><Name>a/1</Name><VersionId>2026</VersionId><Deleted>true</Deleted><Properties/></Blob>", archive.Left{Versions: true, Deleted: true}},
	} {
		t.Run(name, func(t *testing.T) {
			var asked string
			got, err := dialed(t, listing(c.blobs, &asked)).LeftOf(t.Context(), "a/1")
			if err != nil || got != c.want {
				t.Errorf("got %+v, %v", got, err)
			}
			if !strings.Contains(asked, "deleted") || !strings.Contains(asked, "versions") {
				t.Errorf("asked for %s", asked)
			}
		})
	}
	if _, err := dialed(t, answering(403, "x-ms-error-code", "AuthorizationFailure")).LeftOf(t.Context(), "a/1"); dsr.StatusOf(err) != 403 {
		t.Errorf("refused: %v", err)
	}
}

func TestWhatOthersDidToBlobsIsSeen(t *testing.T) {
	var asked string
	got, err := dialed(t, listing("<Blob><Name>a</Name><Properties><AccessTier>Archive</AccessTier></Properties></Blob>"+
		"<Blob><Name>b</Name><Properties><AccessTier>Hot</AccessTier></Properties></Blob>"+
		"<Blob><Name>b</Name><Snapshot>2026-11-29T00:00:00.0000000Z</Snapshot><Properties><AccessTier>Hot</AccessTier></Properties></Blob>"+
		"<Blob><Name>c</Name></Blob>", &asked)).AsideOf(t.Context())
	if want := (archive.Aside{Archived: 1, Snapshots: 1}); err != nil || got != want || !strings.Contains(asked, "snapshots") {
		t.Errorf("got %+v, %v; asked for %s", got, err, asked)
	}
	if _, err := dialed(t, answering(403, "x-ms-error-code", "AuthorizationFailure")).AsideOf(t.Context()); dsr.StatusOf(err) != 403 {
		t.Errorf("refused: %v", err)
	}
}
