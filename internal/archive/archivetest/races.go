package archivetest

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"azureml-dsr/internal/archive"
)

// interleave calls f with every order of n steps of one writer and m of another.
func interleave(n, m int, f func(order string)) {
	var walk func(order string, n, m int)
	walk = func(order string, n, m int) {
		if n == 0 && m == 0 {
			f(order)
		}
		if n > 0 {
			walk(order+"A", n-1, m)
		}
		if m > 0 {
			walk(order+"B", n, m-1)
		}
	}

	walk("", n, m)
}

// writer is one of two writers that race.
type writer struct {
	body  string                    // the bytes that it writes
	steps []func(name string) error // the last one creates the blob
}

func inBlocks(t *testing.T, b archive.Backend, who string) writer {
	ids := []archive.BlockID{id(who + "1"), id(who + "2")}
	return writer{body: who + " one " + who + " two", steps: []func(string) error{
		func(name string) error { return b.Stage(t.Context(), name, ids[0], []byte(who+" one ")) },
		func(name string) error { return b.Stage(t.Context(), name, ids[1], []byte(who+" two")) },
		func(name string) error { return b.Commit(t.Context(), name, ids, nil) },
	}}
}

func inOne(t *testing.T, b archive.Backend, who string) writer {
	return writer{body: who, steps: []func(string) error{
		func(name string) error { return b.Put(t.Context(), name, []byte(who), nil) },
	}}
}

func interleavings(t *testing.T, b archive.Backend) {
	for pairing, pair := range map[string][2]writer{
		"blocks against blocks": {inBlocks(t, b, "A"), inBlocks(t, b, "B")},
		"blocks against put":    {inBlocks(t, b, "A"), inOne(t, b, "B")},
		"put against put":       {inOne(t, b, "A"), inOne(t, b, "B")},
	} {
		interleave(len(pair[0].steps), len(pair[1].steps), func(order string) {
			name := strings.ReplaceAll(pairing, " ", "-") + "/" + order
			var winners []string
			next := [2]int{}
			for _, who := range order {
				w := pair[who-'A']
				step := next[who-'A']
				next[who-'A']++
				err := w.steps[step](name)
				last := step == len(w.steps)-1
				switch {
				case err == nil && last:
					winners = append(winners, w.body)
				case err != nil && (!last || !errors.Is(err, archive.ErrExists)):
					t.Fatalf("%s: %v", name, err)
				}
			}
			if len(winners) != 1 {
				t.Fatalf("%s: %d winners", name, len(winners))
			}

			wantBody(t, b, name, winners[0])
		})
	}
}

// streams lets the writers of two archives race. Each must return the Info of the stored blob.
func streams(t *testing.T, b archive.Backend) {
	interleave(3, 3, func(order string) {
		name := "streams/" + order
		var writers [2]*archive.Writer
		var infos [2]archive.Info
		next := [2]int{}
		for _, who := range order {
			i := who - 'A'
			if writers[i] == nil {
				w, err := archive.New(b, &archive.Options{BlockSize: 64}).NewWriter(t.Context(), name)
				if err != nil {
					t.Fatal(err)
				}
				writers[i] = w
			}

			next[i]++
			var err error
			if next[i] < 3 {
				_, err = writers[i].Write([]byte(strings.Repeat(fmt.Sprint(string(who), next[i]), 40)))
			} else {
				infos[i], err = writers[i].Commit(nil)
			}
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}

		wantHash(t, b, infos[0], infos[1])
	})
}

// wantHash checks that each Info has the hash and the size of the stored bytes.
func wantHash(t *testing.T, b archive.Backend, infos ...archive.Info) {
	t.Helper()
	for _, info := range infos {
		r, _, err := b.Open(t.Context(), info.Name, 0)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r)
		if err := errors.Join(err, r.Close()); err != nil {
			t.Fatal(err)
		}

		sum := sha256.Sum256(body)
		if info.Metadata[archive.MetaSHA256] != hex.EncodeToString(sum[:]) || info.Size != int64(len(body)) {
			t.Errorf("%s: the info has %d bytes and hash %s, and other bytes are stored", info.Name, info.Size, info.Metadata[archive.MetaSHA256])
		}
	}
}

func createOverStaged(t *testing.T, b archive.Backend) {
	a := archive.New(b, nil)
	for n, body := range []string{"a shorter body", ""} {
		name := fmt.Sprint("staged/", n)
		stage(t, b, name, id("left over"), strings.Repeat("crashed", 100))
		info, err := a.Create(t.Context(), name, []byte(body), map[string]string{"outcome": "succeeded"})
		if err != nil {
			t.Fatal(err)
		}

		wantHash(t, b, info)
		wantBody(t, b, name, body)
		again, err := a.Create(t.Context(), name, []byte("another"), nil)
		if err != nil {
			t.Fatal(err)
		}

		if again.Metadata["outcome"] != "succeeded" || again.Size != int64(len(body)) {
			t.Errorf("a second create returned %+v", again)
		}
	}
}
