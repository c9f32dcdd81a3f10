package main

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"
)

// waitFor polls a real process's output.
func waitFor(t *testing.T, ended <-chan int, done func() bool, out *lockedBuffer) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	for !done() {
		select {
		case <-tick.C:
		case code := <-ended:
			t.Fatalf("it ended with code %d\n%s", code, out.String())
		case <-deadline:
			t.Fatalf("it took too long\n%s", out.String())
		}
	}
}

func TestPrivateFilesAreForTheirOwnerOnlyEvenWhenTheyWereNot(t *testing.T) {
	inFolder(t, nil)
	if err := os.WriteFile("f", []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := writePrivate("f", []byte("new")); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat("f")
	body, readErr := os.ReadFile("f")
	if err != nil || readErr != nil || info.Mode().Perm() != 0o600 || !bytes.Equal(body, []byte("new")) {
		t.Fatalf("%v %q %v %v", info, body, err, readErr)
	}
}

func TestAKeyOfManyLinesSurvivesTheSettingsFile(t *testing.T) {
	values, err := readEnvFile([]byte(envFile([]string{"EVIDENCE_KEY=" + evidencePEM(t), "A=b=c"})))
	if err != nil || values["A"] != "b=c" {
		t.Fatal(values, err)
	}
	s, err := loadSettings(lookupIn(withBase("EVIDENCE_KEY", values["EVIDENCE_KEY"])))
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
	if _, err := loadSettings(lookupIn(values)); err != nil {
		t.Fatal(err)
	}
	if !json.Valid(body) {
		t.Fatal("it is no JSON")
	}
}
