package simulation_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
)

func TestOnlyWhatTheRecordsSayIsSigned(t *testing.T) {
	forge := func(t *testing.T, sim *simulation, change func(*dsr.Manifest)) {
		t.Helper()
		m := dsr.Manifest{
			SchemaVersion: dsr.SchemaVersion,
			RequestID:     testRequest,
			Attempt:       1,
			Kind:          dsr.KindExport,
			Status:        dsr.StatusSucceeded,
			ClosedAt:      time.Now(),
		}

		if change != nil {
			m = sim.manifestOf(attempt1)
			change(&m)
		}

		body, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if err := sim.audit.Delete(t.Context(), attempt1.Manifest()); err != nil {
			t.Fatal(err)
		}
		if err := sim.audit.Delete(t.Context(), attempt1.Signature()); err != nil {
			t.Fatal(err)
		}
		if _, err := archive.New(sim.audit, nil).Create(t.Context(), attempt1.Manifest(), body, nil); err != nil {
			t.Fatal(err)
		}
	}

	t.Run("a manifest of an open attempt", func(t *testing.T) {
		key := testSigner(t)
		simulate(t, func(t *testing.T, sim *simulation) {
			sim.signer = key
			sim.open()
			forge(t, sim, nil)
			sim.reconcile()

			if there, _ := sim.signed(key); there {
				t.Error("a manifest that nobody derived is signed")
			}

			sim.run(2 * time.Hour) // all tasks are worked all the same

			if there, _ := sim.signed(key); there {
				t.Error("a manifest that nobody derived is signed")
			}
		})
	})

	for name, change := range map[string]func(*dsr.Manifest){
		"another status":          func(m *dsr.Manifest) { m.Status = dsr.StatusPartiallyFailed },
		"another total":           func(m *dsr.Manifest) { m.Totals["E03"] = dsr.Counts{Documents: 99} },
		"a part left out":         func(m *dsr.Manifest) { m.Parts = nil },
		"another time of closing": func(m *dsr.Manifest) { m.ClosedAt = m.ClosedAt.AddDate(-3, 0, 0) },
		"another deadline":        func(m *dsr.Manifest) { m.DueAt = m.DueAt.AddDate(1, 0, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			key := testSigner(t)
			simulate(t, func(t *testing.T, sim *simulation) {
				sim.signer = key
				sim.export()
				if there, valid := sim.signed(key); !there || !valid {
					t.Fatalf("the manifest is not signed: %t, %t", there, valid)
				}

				forge(t, sim, change)
				sim.reconcile()
				sim.run(time.Hour)

				if there, _ := sim.signed(key); there {
					t.Error("a manifest that says something else than the records is signed")
				}
				if !strings.Contains(sim.log.text(), "it stays unsigned") {
					t.Error("no log line reports it")
				}

				for _, name := range sim.names(sim.index, dsr.ExpiresPrefix) {
					if _, day, err := dsr.ParseExpires(name); err != nil || day.Before(time.Now().AddDate(0, 0, 28)) {
						t.Errorf("%s, %v: it expires by a word that nobody gave", name, err)
					}
				}
			})
		})
	}
}

// Bytes that decode to the same manifest are not the bytes that were derived.
func TestOnlyTheBytesThatWereDerivedAreSigned(t *testing.T) {
	for name, change := range map[string]func(body string) string{
		"an unknown member":      func(b string) string { return strings.Replace(b, "{", `{"note":"nobody wrote this",`, 1) },
		"a member before itself": func(b string) string { return strings.Replace(b, "{", `{"status":"failed",`, 1) },
		"white space":            func(b string) string { return b + " " },
	} {
		for _, meta := range []string{"its own", "the derived one's"} {
			t.Run(name+", with a hash in its metadata that is "+meta, func(t *testing.T) {
				key := testSigner(t)
				simulate(t, func(t *testing.T, sim *simulation) {
					sim.signer = key
					sim.export()
					honest := readBlob(t, sim.audit, attempt1.Manifest())
					forged := []byte(change(string(honest)))
					sum := hashOf(forged)
					if meta != "its own" {
						sum = hashOf(honest)
					}

					for _, name := range []string{attempt1.Manifest(), attempt1.Signature()} {
						if err := sim.audit.Delete(t.Context(), name); err != nil {
							t.Fatal(err)
						}
					}
					if err := sim.audit.Put(t.Context(), attempt1.Manifest(), forged, map[string]string{"sha256": sum}); err != nil {
						t.Fatal(err)
					}

					sim.reconcile()
					sim.run(time.Hour)

					if there, _ := sim.signed(key); there {
						t.Error("it is signed")
					}
				})
			})
		}
	}
}
