package archive_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"testing/iotest"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/archive/memory"
	"azureml-dsr/internal/dsr"
)

func hashOf(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

func TestCreateReturnsWhatIsStored(t *testing.T) {
	b := memory.New()
	a := archive.New(b, nil)
	for _, body := range []string{"first", "second"} {
		info, err := a.Create(t.Context(), "r/plan.json", []byte(body), map[string]string{"state": body, "empty": ""})
		if err != nil {
			t.Fatal(err)
		}

		if info.Metadata["sha256"] != hashOf("first") || info.Metadata["state"] != "first" || info.Size != 5 || info.Name != "r/plan.json" {
			t.Errorf("creating %s: returned %+v", body, info)
		}
		if _, there := info.Metadata["empty"]; there {
			t.Error("empty metadata is sent")
		}
	}
	if got, _, err := readAll(b, "r/plan.json"); err != nil || got != "first" {
		t.Errorf("stored %q, %v", got, err)
	}
	if a.Backend() != archive.Backend(b) {
		t.Error("another backend")
	}
}

func TestCreateAfterALostAnswerFindsItsOwnBlob(t *testing.T) {
	f := newFaulty()
	f.after = failAt("Put", 1, errLost())
	a := archive.New(f, nil)
	if _, err := a.Create(t.Context(), "a", []byte("one"), nil); dsr.ClassOf(err) != dsr.Transient {
		t.Fatalf("got %v", err)
	}
	info, err := a.Create(t.Context(), "a", []byte("one, later"), nil)
	if err != nil || info.Metadata["sha256"] != hashOf("one") {
		t.Errorf("got %+v, %v", info, err)
	}
}

func TestCreateSurvivesAFalseRefusal(t *testing.T) {
	f := newFaulty()
	f.before = failAt("Put", 1, archive.ErrExists)
	a := archive.New(f, nil)
	info, err := a.Create(t.Context(), "a", []byte("one"), nil)
	if err != nil || info.Metadata["sha256"] != hashOf("one") || f.commits.Load() != 1 {
		t.Errorf("refused once: got %+v, %v", info, err)
	}

	f.before = func(m string, _ int) error {
		if m == "Stage" {
			return nil
		}
		return archive.ErrExists
	}
	if _, err = a.Create(t.Context(), "b", []byte("two"), nil); dsr.ClassOf(err) != dsr.Transient || errors.Is(err, archive.ErrExists) {
		t.Errorf("refused twice: got %v", err)
	}

	f.before = failAt("Put", int(f.puts.Load())+1, errLost())
	if _, err = a.Create(t.Context(), "c", []byte("three"), nil); dsr.ClassOf(err) != dsr.Transient {
		t.Errorf("another failure: got %v", err)
	}
}

func TestCreateRefusesMetadataThatAStoreWouldChange(t *testing.T) {
	a := archive.New(memory.New(), nil)
	for what, meta := range map[string]map[string]string{
		"a capital letter": {"Sha": "1"}, "a hyphen": {"a-b": "1"}, "an underscore": {"a_b": "1"}, "a leading digit": {"1a": "1"}, "no name": {"": "1"},
		"an umlaut": {"a": "ü"}, "a newline": {"a": "x\ny"}, "a leading blank": {"a": " x"}, "a trailing blank": {"a": "x "},
		"more than 8 KB": {"a": strings.Repeat("x", 8<<10)},
	} {
		if _, err := a.Create(t.Context(), "a", nil, meta); err == nil {
			t.Errorf("%s: taken", what)
		}
	}
	if _, err := a.Create(t.Context(), "a", nil, map[string]string{"a": strings.Repeat("x", 8<<10-71)}); err != nil {
		t.Errorf("exactly 8 KB: %v", err)
	}
}

func TestReadReturnsAWholeRecord(t *testing.T) {
	b := memory.New()
	a := archive.New(b, nil)
	if _, err := a.Create(t.Context(), "a", []byte("0123456789"), nil); err != nil {
		t.Fatal(err)
	}

	body, info, err := a.Read(t.Context(), "a", 10)
	if err != nil || string(body) != "0123456789" || info.Size != 10 {
		t.Errorf("got %q, %+v, %v", body, info, err)
	}
	if _, _, err = a.Read(t.Context(), "a", 9); err == nil {
		t.Error("a record above the limit was read")
	}
	if _, _, err = a.Read(t.Context(), "b", 9); !errors.Is(err, archive.ErrNotFound) {
		t.Errorf("missing: %v", err)
	}
}

func TestReadFailsOnABodyThatBreaksOff(t *testing.T) {
	for what, reader := range map[string]*brokenBody{
		"with an error": {r: iotest.ErrReader(errLost())}, "too short": {r: strings.NewReader("0123")},
	} {
		b := opensBroken{Backend: memory.New(), body: reader}
		if err := b.Put(t.Context(), "a", []byte("0123456789"), nil); err != nil {
			t.Fatal(err)
		}
		if _, _, err := archive.New(b, nil).Read(t.Context(), "a", 100); dsr.ClassOf(err) != dsr.Transient {
			t.Errorf("%s: got %v", what, err)
		}
		if !reader.closed {
			t.Errorf("%s: the body stays open", what)
		}
	}
}
