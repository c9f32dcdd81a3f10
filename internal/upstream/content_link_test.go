package upstream

import (
	"net/url"
	"strings"
	"testing"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/upstream/upstreamtest"
)

func TestContentLinks(t *testing.T) {
	tests := []struct {
		name, link    string
		azure, onHere bool // allowed in Azure, with loopback content
	}{
		{"a blob", "https://acct.blob.core.windows.net/c/b?sig=x", true, true},
		{"a blob with its port", "https://acct.blob.core.windows.net:443/c/b", true, true},
		{"a blob in capitals", "https://ACCT.Blob.Core.Windows.net/c/b", true, true},
		{"a secondary", "https://acct-secondary.blob.core.windows.net/c/b", true, true},
		{"another port", "https://acct.blob.core.windows.net:8443/c/b", false, false},
		{"an empty port", "https://acct.blob.core.windows.net:/c/b", false, false},
		{"plain http", "http://acct.blob.core.windows.net/c/b", false, false},
		{"another scheme", "ftp://acct.blob.core.windows.net/c/b", false, false},
		{"a user", "https://u@acct.blob.core.windows.net/c/b", false, false},
		{"a fragment", "https://acct.blob.core.windows.net/c/b#x", false, false},
		{"an empty fragment", "https://acct.blob.core.windows.net/c/b#", false, false},
		{"a backslash", `https://evil.example.com\.blob.core.windows.net/c/b`, false, false},
		{"a blank", " https://acct.blob.core.windows.net/c/b", false, false},
		{"a line end", "https://acct.blob.core.windows.net/c/b\n", false, false},
		{"a label as long as may be", "https://" + strings.Repeat("a", 63) + ".blob.core.windows.net/c/b", true, true},
		{"a label that is too long", "https://" + strings.Repeat("a", 64) + ".blob.core.windows.net/c/b", false, false},
		{"no account", "https://blob.core.windows.net/c/b", false, false},
		{"an empty account", "https://.blob.core.windows.net/c/b", false, false},
		{"two labels", "https://a.b.blob.core.windows.net/c/b", false, false},
		{"another service", "https://acct.file.core.windows.net/c/b", false, false},
		{"another cloud", "https://acct.blob.core.chinacloudapi.cn/c/b", false, false},
		{"a host behind ours", "https://acct.blob.core.windows.net.evil.com/c/b", false, false},
		{"a host that ends like ours", "https://acct.evilblob.core.windows.net/c/b", false, false},
		{"a dot at the end", "https://acct.blob.core.windows.net./c/b", false, false},
		{"no scheme", "//acct.blob.core.windows.net/c/b", false, false},
		{"a relative link", "/c/b", false, false},
		{"nothing", "", false, false},
		{"the metadata service", "http://169.254.169.254/metadata", false, false},
		{"loopback", "http://127.0.0.1:7071/_content/x?sig=x", false, true},
		{"loopback over https", "https://localhost:7071/x", false, true},
		{"loopback in version 6", "http://[::1]:7071/x", false, true},
		{"loopback mapped into version 6", "http://[::ffff:127.0.0.1]/x", false, true},
		{"loopback with a zone", "http://[::1%25lo]/x", false, false},
		{"loopback as one number", "http://2130706433/x", false, false},
		{"loopback in hex", "http://0x7f.0.0.1/x", false, false},
		{"loopback in octal", "http://0177.0.0.1/x", false, false},
		{"loopback made short", "http://127.1/x", false, false},
		{"any address", "http://0.0.0.0/x", false, false},
		{"a name below localhost", "http://x.localhost/x", false, false},
	}

	azure := newClient(t, upstreamtest.Answers(200))
	loopback := newClient(t, upstreamtest.Answers(200), onLoopback)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, check := range []struct {
				name string
				c    *Client
				want bool
			}{{"without loopback", azure, tt.azure}, {"with loopback", loopback, tt.onHere}} {
				if _, err := check.c.checkContentLink(tt.link); (err == nil) != check.want {
					t.Errorf("%s: %v, want allowed %v", check.name, err, check.want)
				}
			}
		})
	}
}

func TestAForeignContentLinkIsNeverCalled(t *testing.T) {
	transport := upstreamtest.Answers(200)
	_, err := newClient(t, transport).OpenContent(t.Context(), "https://evil.example.com/?sig=x", 0, -1, "")
	upstreamtest.WantError(t, err, dsr.Permanent, dsr.ReasonForeignLink)
	if len(transport.Requests()) != 0 {
		t.Error("it was called")
	}
}

func FuzzContentLink(f *testing.F) {
	for _, s := range []string{blobLink, "http://127.0.0.1:1/x", `https://a\@b/`, "https://a.blob.core.windows.net:443/%zz", "//x"} {
		f.Add(s)
	}

	c := newClient(f, upstreamtest.Answers(200))
	f.Fuzz(func(t *testing.T, link string) {
		u, err := c.checkContentLink(link)
		if err != nil {
			return
		}
		again, err := url.Parse(u.String())
		if err != nil || again.Scheme != "https" || again.User != nil ||
			!strings.HasSuffix(strings.ToLower(again.Hostname()), ".blob.core.windows.net") || (again.Port() != "" && again.Port() != "443") {
			t.Fatalf("%q was allowed as %q", link, u)
		}
	})
}
