package callback

import (
	"strings"
	"testing"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/opendsr"
)

func TestOnlyURLsOfTheListAreTaken(t *testing.T) {
	const list = "Hooks.example.org, other.example.org:8443, 127.0.0.1, [::1]:9000, 52.1.2.3"
	for text, want := range map[string]string{ // part of what is wrong; "": nothing
		"https://hooks.example.org":                              "",
		"https://hooks.example.org/a?b=c":                        "",
		"https://HOOKS.example.org./a":                           "",
		"https://hooks.example.org:443/a":                        "",
		"https://other.example.org:8443/":                        "",
		"https://52.1.2.3/a":                                     "",
		"http://127.0.0.1:8080/a":                                "",
		"https://127.0.0.1:8080/a":                               "",
		"http://[::1]:9000/":                                     "",
		"http://hooks.example.org/a":                             "want https",
		"https://hooks.example.org:8443/":                        "CALLBACK_HOSTS",
		"https://other.example.org/":                             "CALLBACK_HOSTS",
		"http://[::1]:9001/":                                     "CALLBACK_HOSTS",
		"http://localhost/":                                      "CALLBACK_HOSTS", // another name of a host that is listed
		"https://x.hooks.example.org/":                           "CALLBACK_HOSTS",
		"https://hooks.example.org.evil.example/":                "CALLBACK_HOSTS",
		"https://evil.example/hooks.example.org":                 "CALLBACK_HOSTS",
		"https://169.254.169.254/":                               "CALLBACK_HOSTS",
		"https://user:secret@hooks.example.org/":                 "without user",
		"https://hooks.example.org@evil.example/":                "without user",
		"https://hooks.example.org/#a":                           "fragment",
		"https://hooks.example.org/#":                            "fragment",
		"ftp://hooks.example.org/":                               "want https",
		"https:hooks.example.org":                                "absolute",
		"//hooks.example.org/":                                   "want https",
		"hooks.example.org":                                      "absolute",
		"https://":                                               "absolute",
		"":                                                       "absolute",
		"https://hooks.example.org:0443/":                        "absolute",
		"https://hooks.example.org:70000/":                       "absolute",
		"https://hooks.example.org\\@evil.example/":              "absolute",
		"https://hooks.example.org/\n":                           "absolute",
		"https://hooks.example.org/" + strings.Repeat("a", 2000): "absolute",
	} {
		hosts, err := ParseHosts(list)
		if err != nil {
			t.Fatal(err)
		}
		_, err = hosts.check(text)
		if got := textOf(err); (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%.60q: %q, want %q", text, got, want)
		}
	}
}

func textOf(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestAListOfHosts(t *testing.T) {
	for text, ok := range map[string]bool{
		"hooks.example.org":                               true,
		"hooks.example.org:8443":                          true,
		`["hooks.example.org", "other.example.org:8443"]`: true,
		"[::1]:8080":                                      true,
		"[::1]":                                           true,
		"https://hooks.example.org":                       false,
		"hooks.example.org/a":                             false,
		"user@hooks.example.org":                          false,
		"*.example.org":                                   false,
		"a,,b":                                            false,
		"a, ":                                             false,
		`[1]`:                                             false,
		"fe80::1%eth0":                                    false,
	} {
		if hosts, err := ParseHosts(text); (err == nil) != ok {
			t.Errorf("%q: %v, %v", text, hosts, err)
		}
	}
}

func TestARefusedCallbackIsNamedWithTheRemedyAndNotQuoted(t *testing.T) {
	hosts, err := ParseHosts("hooks.example.org")
	if err != nil {
		t.Fatal(err)
	}
	good := dsr.Callback{URL: "https://hooks.example.org/a", Format: dsr.FormatCloudEvents}
	for name, tt := range map[string]struct {
		settings  Settings
		callbacks []dsr.Callback
		want      string
	}{
		"none":                         {},
		"none, and off":                {callbacks: nil},
		"allowed":                      {settings: Settings{Hosts: hosts}, callbacks: []dsr.Callback{good}},
		"switched off":                 {callbacks: []dsr.Callback{good}, want: "/callbacks/0/url: callbacks are switched off here; leave them out, or have the operator name the host in CALLBACK_HOSTS"},
		"the second is not allowed":    {settings: Settings{Hosts: hosts}, callbacks: []dsr.Callback{good, {URL: "https://evil.example/"}}, want: "/callbacks/1/url: its host"},
		"OpenDSR that can't be signed": {settings: Settings{Hosts: hosts}, callbacks: []dsr.Callback{{URL: good.URL, Format: dsr.FormatOpenDSR}}, want: "/callbacks/0/format: nothing can be signed"},
		"OpenDSR that can":             {settings: Settings{Hosts: hosts, Signer: &opendsr.Signer{}}, callbacks: []dsr.Callback{{URL: good.URL, Format: dsr.FormatOpenDSR}}},
	} {
		err := tt.settings.Check(dsr.Request{Callbacks: tt.callbacks})
		switch {
		case tt.want == "":
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		case dsr.ClassOf(err) != dsr.Permanent || dsr.ReasonOf(err) != dsr.ReasonInvalidRequest || !strings.Contains(textOf(err), tt.want) || strings.Contains(textOf(err), "evil"):
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
}
