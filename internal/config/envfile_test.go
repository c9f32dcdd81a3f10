package config

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

func TestAKeyOfManyLinesSurvivesTheSettingsFile(t *testing.T) {
	values, err := readEnvFile([]byte(FormatEnvFile([]string{"EVIDENCE_KEY=" + evidencePEM(t), "A=b=c"})))
	if err != nil || values["A"] != "b=c" {
		t.Fatal(values, err)
	}
	s, err := Load(FromMap(withBase("EVIDENCE_KEY", values["EVIDENCE_KEY"])))
	if err != nil || s.EvidenceKey == nil {
		t.Fatal(err)
	}
}

func TestTheExampleSettingsAreUsable(t *testing.T) {
	body, err := os.ReadFile("../../local.settings.json.example")
	if err != nil {
		t.Fatal(err)
	}
	values, err := readLocalSettings(body)
	if err != nil {
		t.Fatal(err)
	}

	// Only the places of keys are to be filled in.
	values["ServiceBusConnection"] = strings.Replace(values["ServiceBusConnection"], "SAS_KEY_VALUE", "c2VjcmV0", 1)
	values["ExportStorage"] = strings.Replace(values["ExportStorage"], "=KEY", "=c2VjcmV0", 1)
	if _, err := Load(FromMap(values)); err != nil {
		t.Fatal(err)
	}
	if !json.Valid(body) {
		t.Fatal("it is no JSON")
	}
}
