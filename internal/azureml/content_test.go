package azureml

import (
	"testing"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/upstream/upstreamtest"
)

// Where a signed link may lead follows from the cloud and from where ARM is.
func TestContentComesFromTheCloudsStorage(t *testing.T) {
	const public, china, here = "https://acct.blob.core.windows.net/c/b?sig=x", "https://acct.blob.core.chinacloudapi.cn/c/b?sig=x", "http://127.0.0.1:7071/b?sig=x"
	inChina := func(o *Options) {
		o.Cloud, _ = CloudByName("AzureChinaCloud")
		o.BaseURLs = BaseURLs{ModelManagement: "https://m.example.cn", Experiments: "https://e.example.cn"}
	}

	tests := []struct {
		name   string
		change func(*Options)
		link   string
		ok     bool
	}{
		{"the public cloud's", func(*Options) {}, public, true},
		{"the public cloud's from another", inChina, public, false},
		{"another cloud's", inChina, china, true},
		{"another cloud's from the public one", func(*Options) {}, china, false},
		{"loopback with ARM in Azure", func(*Options) {}, here, false},
		{"loopback with ARM on loopback", loopback, here, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			content, err := newClient(t, upstreamtest.Answers(200), tt.change).OpenContent(t.Context(), tt.link, 0, -1, "")
			if !tt.ok {
				upstreamtest.WantError(t, err, dsr.Permanent, dsr.ReasonForeignLink)
				return
			}
			if err != nil {
				t.Fatal(err)
			}

			upstreamtest.ReadAll(t, content.Body)
		})
	}
}
