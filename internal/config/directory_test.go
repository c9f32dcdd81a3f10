package config

import (
	"errors"
	"strings"
	"testing"
)

func TestTheDirectoryIsAskedWhereItIsSwitchedOn(t *testing.T) {
	for name, c := range map[string]struct {
		settings map[string]string
		want     Directory
	}{
		"nothing set":      {withBase(), Directory{Endpoint: "https://graph.microsoft.com"}},
		"off":              {withBase("DIRECTORY_LOOKUP", "Off"), Directory{Endpoint: "https://graph.microsoft.com"}},
		"on":               {withBase("DIRECTORY_LOOKUP", "on"), Directory{Lookup: true, Endpoint: "https://graph.microsoft.com"}},
		"true":             {withBase("DIRECTORY_LOOKUP", "true"), Directory{Lookup: true, Endpoint: "https://graph.microsoft.com"}},
		"required":         {withBase("DIRECTORY_LOOKUP", "required"), Directory{Lookup: true, Required: true, Endpoint: "https://graph.microsoft.com"}},
		"in China":         {withBase("AZURE_CLOUD", "AzureChinaCloud", "AZUREML_MODELMANAGEMENT_ENDPOINT", "https://m", "AZUREML_EXPERIMENTS_ENDPOINT", "https://e"), Directory{Endpoint: "https://microsoftgraph.chinacloudapi.cn"}},
		"for a government": {withBase("AZURE_CLOUD", "AzureUSGovernment", "AZUREML_MODELMANAGEMENT_ENDPOINT", "https://m", "AZUREML_EXPERIMENTS_ENDPOINT", "https://e"), Directory{Endpoint: "https://graph.microsoft.us"}},
		"somewhere else":   {withBase("GRAPH_ENDPOINT", "https://dod-graph.microsoft.us/"), Directory{Endpoint: "https://dod-graph.microsoft.us"}},
		"on this machine":  {loopback("DIRECTORY_LOOKUP", "on", "GRAPH_ENDPOINT", "http://127.0.0.1:1", "AZUREML_TOKEN", "t"), Directory{Lookup: true, Endpoint: "http://127.0.0.1:1"}},
	} {
		s, err := Load(FromMap(c.settings))
		if err != nil || s.Directory != c.want {
			t.Errorf("%s: %+v, %v", name, s.Directory, err)
		}
	}
}

func TestAWrongDirectoryIsNamed(t *testing.T) {
	for name, c := range map[string]struct {
		settings      map[string]string
		setting, want string
	}{
		"another word":                {withBase("DIRECTORY_LOOKUP", "secret"), "DIRECTORY_LOOKUP", "off, on or required"},
		"no URL":                      {withBase("GRAPH_ENDPOINT", "secret"), "GRAPH_ENDPOINT", "must be a base URL"},
		"a user":                      {withBase("GRAPH_ENDPOINT", "https://a:secret@graph.microsoft.com"), "GRAPH_ENDPOINT", "must be a base URL"},
		"a query":                     {withBase("GRAPH_ENDPOINT", "https://graph.microsoft.com?secret"), "GRAPH_ENDPOINT", "must be a base URL"},
		"plain http":                  {withBase("GRAPH_ENDPOINT", "http://secret.example"), "GRAPH_ENDPOINT", "plain http is for loopback"},
		"a fixed token for elsewhere": {loopback("DIRECTORY_LOOKUP", "on", "AZUREML_TOKEN", "secret"), "GRAPH_ENDPOINT", "must be loopback"},
	} {
		_, err := Load(FromMap(c.settings))
		faults, _ := errors.AsType[Error](err)
		if len(faults) != 1 || faults[0].Setting != c.setting || !strings.Contains(faults[0].Problem, c.want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNobodyIsLookedUpWhereTheDirectoryIsOff(t *testing.T) {
	for lookup, there := range map[string]bool{"off": false, "on": true} {
		s, err := Load(FromMap(loopback("DIRECTORY_LOOKUP", lookup, "GRAPH_ENDPOINT", "http://127.0.0.1:1", "AZUREML_TOKEN", "t")))
		if err != nil {
			t.Fatal(err)
		}
		c, err := s.DialDirectory()
		if err != nil || (c != nil) != there {
			t.Errorf("%s: %v, %v", lookup, c, err)
		}
		if c != nil {
			c.Close()
		}
	}
}
