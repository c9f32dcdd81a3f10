package closing

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"azureml-dsr/internal/dsr"
)

// Finds and adds alternate at random, with stores and loads in between. The table answers
// like a map.
func TestAKeyTableSaysTheMostCautiousOfWhatWasAdded(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	table, said := keyTable{seed: []byte("seed")}, map[string]dsr.Ownership{}
	var stored [][]byte
	for i := range 5 * recentKeys {
		key := fmt.Sprint(random.IntN(4 * recentKeys))
		got, found := table.find(key)
		if want, known := said[key]; found != known || got != want {
			t.Fatalf("%d: %q, %t of %s, want %q, %t", i, got, found, key, want, known)
		}

		own := ownerships[random.IntN(len(ownerships))]
		if before, known := said[key]; !known || caution(own) < caution(before) {
			said[key] = own
		}

		table.add(key, own)

		if i%(recentKeys/3) == 0 {
			stored = append(stored, table.unsaved())
		}

		if i%(2*recentKeys) == recentKeys {
			stored = append(stored, table.unsaved())
			table = keyTable{seed: []byte("seed")}
			for _, body := range stored {
				if err := table.load(body); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

func TestAKeyTableTakesEightBytesOfAThing(t *testing.T) {
	table := keyTable{seed: []byte("seed")}
	const things = 40 * recentKeys
	for i := range things {
		table.add(fmt.Sprint(i), dsr.OwnerUnknown)
	}

	keys := 0
	for _, run := range table.runs {
		if keys += cap(run); cap(run) > maxRun {
			t.Errorf("a run of %d", cap(run))
		}
	}

	if keys > things || len(table.runs) > 8 {
		t.Errorf("%d things have %d keys in %d runs", things, keys, len(table.runs))
	}
}

func TestWhatIsNotStoredHashesIsNotLoaded(t *testing.T) {
	for name, body := range map[string][]byte{
		"cut off":              make([]byte, 12),
		"without an ownership": {0, 0, 0, 0, 0, 0, 0, 3},
	} {
		if err := new(keyTable).load(body); err == nil {
			t.Errorf("%s: loaded", name)
		}
	}
}
