package stack

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func given(pairs map[string]string) *settings {
	return newSettings(func(name string) (string, bool) {
		v, ok := pairs[name]
		return v, ok
	})
}

func TestAServiceThatTheSettingsNameIsNotStarted(t *testing.T) {
	for name, tt := range map[string]struct {
		given map[string]string
		named bool
		want  []string
	}{
		"nothing is named":     {nil, false, nil},
		"an empty value":       {map[string]string{"ExportStorage": ""}, false, nil},
		"by connection string": {map[string]string{"ExportStorage": "c"}, true, []string{"ExportStorage=c"}},
		"by URL and identity": {
			map[string]string{"ExportStorage__blobServiceUri": "u", "ExportStorage__clientId": "i", "ExportStorage__credential": "m"}, true,
			[]string{"ExportStorage__blobServiceUri=u", "ExportStorage__clientId=i", "ExportStorage__credential=m"},
		},
		"an identity alone": {map[string]string{"ExportStorage__clientId": "i"}, false, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := given(tt.given)
			if got := s.named("ExportStorage", "ExportStorage__blobServiceUri"); got != tt.named {
				t.Errorf("named: %t", got)
			}
			if diff := cmp.Diff(tt.want, s.list()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestSettingsComeFromTheCallerThenFromOutsideThenFromTheStack(t *testing.T) {
	s := given(map[string]string{"LOST_AFTER": "5m", "CHUNK_ITEMS": "7"})
	s.setUpstream("http://127.0.0.1:1")
	s.setDefaults([]string{"CHUNK_ITEMS=9"})
	for name, want := range map[string]string{"LOST_AFTER": "5m", "CHUNK_ITEMS": "9", "AZUREML_TOKEN": Token} {
		if got := s.values[name]; got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}
