package personcopy_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/personcopy"
)

var bagDay = time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)

// unzip returns the files of a zip, below its only folder.
func unzip(t *testing.T, body []byte, folder string) map[string]string {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}

	files := map[string]string{}
	for _, f := range r.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(in)
		if err := errors.Join(err, in.Close()); err != nil {
			t.Fatal(err)
		}

		name, isInside := strings.CutPrefix(f.Name, folder+"/")
		if _, twice := files[name]; !isInside || twice {
			t.Errorf("the zip has %q twice or outside of its folder", f.Name)
		}
		files[name] = string(content)
	}
	return files
}

// checkBag checks files as RFC 8493 says, from its text alone.
func checkBag(files map[string]string) (faults []string) {
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	if !regexp.MustCompile(`^BagIt-Version: 1\.0\r?\nTag-File-Character-Encoding: UTF-8\r?\n?$`).MatchString(files["bagit.txt"]) {
		fault("bagit.txt: %q", files["bagit.txt"])
	}

	listed := func(manifest string) map[string]bool {
		names := map[string]bool{}
		for line := range strings.Lines(files[manifest]) {
			sum, name, _ := strings.Cut(strings.TrimRight(line, "\r\n"), " ")
			name = strings.TrimLeft(name, " \t*")
			content, there := files[name]
			if !there || names[name] || fmt.Sprintf("%x", sha256.Sum256([]byte(content))) != sum {
				fault("%s: %s", manifest, name)
			}
			names[name] = true
		}
		return names
	}

	payload, tags := listed("manifest-sha256.txt"), listed("tagmanifest-sha256.txt")
	size, count := 0, 0
	for name, content := range files {
		isPayload := strings.HasPrefix(name, "data/")
		if isPayload {
			size, count = size+len(content), count+1
		}
		if isPayload != payload[name] || (!isPayload && name != "tagmanifest-sha256.txt") != tags[name] {
			fault("%s is in the wrong manifest", name)
		}
	}
	if !strings.Contains(files["bag-info.txt"], fmt.Sprintf("Payload-Oxum: %d.%d\n", size, count)) {
		fault("bag-info.txt: %q", files["bag-info.txt"])
	}

	return faults
}

func bagOf(t *testing.T, files ...string) ([]byte, error) {
	t.Helper()
	var out bytes.Buffer
	bag := personcopy.NewBag(&out, "folder")
	for _, name := range files {
		err := bag.Add(name, func(w io.Writer) error {
			_, err := io.WriteString(w, "content of "+name)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	err := bag.Close(t.Context(), bagDay, nil)
	return out.Bytes(), err
}

func TestABagIsValidAndRepeatable(t *testing.T) {
	first, err := bagOf(t, "data/runs/part-00001.json", "data/index.html", "index.html", "package.json")
	if err != nil {
		t.Fatal(err)
	}
	again, _ := bagOf(t, "data/runs/part-00001.json", "data/index.html", "index.html", "package.json")

	if !bytes.Equal(first, again) {
		t.Error("the same files give other bytes")
	}
	if faults := checkBag(unzip(t, first, "folder")); len(faults) > 0 {
		t.Error(faults)
	}
}

// The check is one that fails.
func TestTheCheckFindsADamagedBag(t *testing.T) {
	body, err := bagOf(t, "data/a", "index.html")
	if err != nil {
		t.Fatal(err)
	}
	for name, damage := range map[string]func(map[string]string){
		"a changed payload":   func(f map[string]string) { f["data/a"] += "x" },
		"a changed page":      func(f map[string]string) { f["index.html"] += "x" },
		"a missing file":      func(f map[string]string) { delete(f, "data/a") },
		"a file that is new":  func(f map[string]string) { f["data/b"] = "" },
		"a page that is new":  func(f map[string]string) { f["more.html"] = "" },
		"no declaration":      func(f map[string]string) { delete(f, "bagit.txt") },
		"another declaration": func(f map[string]string) { f["bagit.txt"] = "BagIt-Version: 0.97\n" },
	} {
		files := unzip(t, body, "folder")
		damage(files)
		if len(checkBag(files)) == 0 {
			t.Errorf("%s is no fault", name)
		}
	}
}

func TestABagHasNoNameTwice(t *testing.T) {
	for _, second := range []string{"data/a", "data/A"} {
		if _, err := bagOf(t, "data/a", second); !errors.Is(err, personcopy.ErrTwice) {
			t.Errorf("data/a and %s: %v", second, err)
		}
	}
}

func TestOtherToolsReadABag(t *testing.T) {
	body, err := bagOf(t, "data/runs/part-00001.json", "index.html")
	if err != nil {
		t.Fatal(err)
	}
	checkWithTools(t, body, "folder")
}

// checkWithTools unpacks a bag with unzip and checks it with sha256sum.
func checkWithTools(t *testing.T, body []byte, folder string) {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "copy.zip")
	if err := os.WriteFile(file, body, 0o600); err != nil {
		t.Fatal(err)
	}

	for _, c := range []struct {
		dir  string
		args []string
	}{
		{dir, []string{"unzip", "-tq", file}},
		{dir, []string{"unzip", "-q", file}},
		{filepath.Join(dir, folder), []string{"sha256sum", "-c", "--quiet", "--strict", "manifest-sha256.txt"}},
		{filepath.Join(dir, folder), []string{"sha256sum", "-c", "--quiet", "--strict", "tagmanifest-sha256.txt"}},
	} {
		cmd := exec.CommandContext(t.Context(), c.args[0], c.args[1:]...)
		cmd.Dir = c.dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v: %v\n%s", c.args, err, out)
		}
	}
}
