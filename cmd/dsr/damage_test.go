package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator"
	"azureml-dsr/internal/operator/operatortest"
)

// seedOfFlips makes the flips of each run the same.
const seedOfFlips = 16

// signedDownload is a downloaded, signed request about one person. Besides what its manifest
// vouches for it has a hop, a cancellation and an extension that came after the closing.
type signedDownload struct {
	t     *testing.T
	dir   string
	key   string // file of the public key
	files []string
	kept  map[string][]byte
}

func newSignedDownload(t *testing.T) *signedDownload {
	t.Helper()
	private := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
	s := operatortest.ClosedAbout(t, &dsr.Subject{ObjectID: "subject-1", UserPrincipalName: "ada@example.org"})
	s.Hop(s.Task(2, 1), 1, operatortest.Time)
	s.Sign(private)
	s.Put(s.Audit, "req-1/1/cancel.json", `{"schemaVersion":"1.0","requestId":"req-1","attempt":1,"at":"2026-11-24T11:00:00Z","reason":"late"}`)
	s.Put(s.Audit, "req-1/extension.json", `{"schemaVersion":"1.0","requestId":"req-1","dueAt":"2026-12-23T10:00:00Z","until":"2027-01-23T10:00:00Z","reason":"many","extendedAt":"2026-11-24T11:00:00Z"}`)

	der, err := x509.MarshalPKIXPublicKey(private.Public())
	s.Must(err)
	d := &signedDownload{
		t:    t,
		dir:  downloaded(t, s),
		key:  filepath.Join(t.TempDir(), "public.pem"),
		kept: map[string][]byte{},
	}
	write(t, d.key, string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})))

	d.files = operatortest.FilesIn(t, d.dir)
	for _, name := range d.files {
		d.kept[name] = []byte(readText(t, d.path(name)))
	}

	return d
}

func (d *signedDownload) path(name string) string {
	return filepath.Join(d.dir, filepath.FromSlash(name))
}

// put writes a file, or removes it for nil.
func (d *signedDownload) put(name string, body []byte) {
	d.t.Helper()
	if body == nil {
		remove(d.t, d.path(name))
		return
	}
	write(d.t, d.path(name), string(body))
}

// restore undoes a damage to some files.
func (d *signedDownload) restore(names ...string) {
	d.t.Helper()
	for _, name := range append(names, operator.SumsFile) {
		d.put(name, d.kept[name])
	}
}

// found reports whether dsr verify and the script find a damage, each of them with exit code 3.
// Where only the bytes of a blob that nothing vouches for are others, and SHA256SUMS was made
// again, its name must be told.
func (d *signedDownload) found(names ...string) (verify, script bool) {
	d.t.Helper()
	told := func(code int, out string) bool {
		return (code == cli.ExitNotGood) || (code == cli.ExitDone && slices.ContainsFunc(names, func(name string) bool {
			return strings.Contains(out, "unlisted  "+name+"\n") || strings.Contains(out, "unlisted  req-1/"+name+"\n")
		}))
	}

	done := make(chan struct{})
	go func() {
		defer close(done)
		code, out, errOut := runIn(d.t, nil, "verify", d.dir, "--key", d.key)
		if verify = told(code, out); !verify {
			d.t.Logf("verify of %v ends with %d:\n%s%s", names, code, out, errOut)
		}
	}()

	code, out := checkExport(d.t, d.dir, "--key", d.key)
	if script = told(code, out); !script {
		d.t.Logf("the script on %v ends with %d:\n%s", names, code, out)
	}

	<-done

	return verify, script
}

// tally counts damages of a kind, and how many are found.
type tally struct{ all, verify, script int }

func (n *tally) add(verify, script bool) {
	n.all++
	if verify {
		n.verify++
	}
	if script {
		n.script++
	}
}

func (n *tally) check(t *testing.T, what string) {
	t.Helper()
	t.Logf("%s: %d, found by dsr verify %d, by the script %d", what, n.all, n.verify, n.script)
	if n.verify < n.all || n.script < n.all {
		t.Errorf("%s: not all are found", what)
	}
}

func TestEveryDamageOfASignedDownloadIsFound(t *testing.T) {
	d := newSignedDownload(t)
	if code, out, _ := runIn(t, nil, "verify", d.dir, "--key", d.key); code != cli.ExitDone || !strings.Contains(out, "signature=valid") {
		t.Fatalf("verify ends with %d:\n%s", code, out)
	}
	if code, out := checkExport(t, d.dir, "--key", d.key); code != cli.ExitDone {
		t.Fatalf("the script ends with %d:\n%s", code, out)
	}

	random := rand.New(rand.NewPCG(seedOfFlips, 0))
	var flips, covered, truncated, removed, swapped, added tally
	for n := range 300 {
		name := d.files[random.IntN(len(d.files))]
		body := slices.Clone(d.kept[name])
		body[random.IntN(len(body))] ^= 1 << random.IntN(8)
		d.put(name, body)
		flips.add(d.found(name))

		if n%10 == 0 && name != operator.SumsFile {
			operatortest.SumAgain(t, d.dir)
			covered.add(d.found(name))
		}
		d.restore(name)
	}

	for i, name := range d.files {
		body := d.kept[name]
		d.put(name, body[:random.IntN(len(body))])
		truncated.add(d.found(name))
		d.restore(name)

		d.put(name, nil)
		removed.add(d.found(name))
		d.restore(name)

		other := d.files[(i+1)%len(d.files)]
		if bytes.Equal(body, d.kept[other]) {
			continue
		}
		d.put(name, d.kept[other])
		d.put(other, body)
		swapped.add(d.found(name, other))
		d.restore(name, other)
	}

	for _, folder := range foldersOf(d.files) {
		for _, file := range []string{"note.txt", "manifest.json"} {
			name := strings.TrimPrefix(folder+"/"+file, "./")
			if slices.Contains(d.files, name) {
				continue
			}
			d.put(name, []byte("{}"))
			added.add(d.found(name))
			operatortest.SumAgain(t, d.dir)
			covered.add(d.found(name))
			remove(t, d.path(name))
			d.restore()
		}
	}

	flips.check(t, "random flips")
	truncated.check(t, "truncated files")
	removed.check(t, "removed files")
	swapped.check(t, "swapped files")
	added.check(t, "foreign files")
	covered.check(t, "flips and foreign files with SHA256SUMS made again")
}

// foldersOf returns all folders of some files.
func foldersOf(files []string) (folders []string) {
	for _, f := range files {
		for dir := filepath.ToSlash(filepath.Dir(f)); ; dir = filepath.ToSlash(filepath.Dir(dir)) {
			if !slices.Contains(folders, dir) {
				folders = append(folders, dir)
			}
			if dir == "." {
				break
			}
		}
	}
	return folders
}
