package archive_test

import (
	"fmt"
	"sync"
	"testing"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/archive/archivetest"
)

// interrupted returns a backend that fails to stage a block.
func interrupted(b archive.Backend, atBlock int) *faulty {
	f := newFaulty()
	f.Backend = b
	f.before = failAt("Stage", atBlock, errLost())
	return f
}

// answerLost returns a backend that stages a block and loses the answer.
func answerLost(b archive.Backend, atBlock int) *faulty {
	f := newFaulty()
	f.Backend = b
	f.after = failAt("Stage", atBlock, errLost())
	return f
}

func TestALongArtifactIsResumed(t *testing.T) {
	for where, h := range map[string]archivetest.Harness{"in memory": inMemory{}, "on Azurite": sharedAzurite} {
		t.Run(where, func(t *testing.T) {
			b := h.NewContainer(t)
			for _, size := range []int{1024, 1000} { // with and without a whole last block
				for at := 1; at <= 16; at += 3 {
					for _, lost := range []bool{false, true} {
						resumeOnce(t, b, fmt.Sprint(size, "/", at, "/", lost), size, at, lost)
					}
				}
			}
		})
	}
}

// resumeOnce copies an artifact with a first call that fails at a block and a second one that
// succeeds. lost is whether the block was staged and only the answer was lost.
func resumeOnce(t *testing.T, b archive.Backend, name string, size, at int, lost bool) {
	t.Helper()
	body := randomText(size)
	broken := interrupted(b, at)
	if lost {
		broken = answerLost(b, at)
	}
	first := &memorySource{body: body, etag: "1"}
	_, progress, err := small(broken).StoreArtifact(t.Context(), name, first)
	if err == nil || progress != at-1 {
		t.Fatalf("%s: the first call: %d, %v", name, progress, err)
	}

	second := &memorySource{body: body, etag: "1"}
	info, progress, err := small(b).StoreArtifact(t.Context(), name, second)
	if err != nil || info.Metadata["sha256"] != hashOf(body) {
		t.Fatalf("%s: the second call: %+v, %v", name, info, err)
	}

	kept := at - 1
	if lost && (at < 16 || size == 1024) {
		kept = at
	}
	if progress != 16-kept+1 {
		t.Errorf("%s: progress %d, but %d blocks were kept", name, progress, kept)
	}
	// The first request is sent before the length is known, and its body of one range may be
	// read again.
	if read := second.read; read > size-64*kept+256 {
		t.Errorf("%s: read %d bytes again, although %d blocks were kept", name, read, kept)
	}
	if got, _, err := readAll(b, name); err != nil || got != body {
		t.Errorf("%s: other bytes are stored: %v", name, err)
	}
}

func TestALongArtifactStartsOverWhenTheStagedBlocksAreUseless(t *testing.T) {
	body, other := randomText(1000), randomText(1001)[:1000]
	for what, second := range map[string]struct {
		src  *memorySource
		opts archive.Options
	}{
		"another tag":        {&memorySource{body: other, etag: "2"}, archive.Options{}},
		"another length":     {&memorySource{body: body + "x", etag: "1"}, archive.Options{}},
		"no strong tag":      {&memorySource{body: other}, archive.Options{}},
		"another block size": {&memorySource{body: body, etag: "1"}, archive.Options{ArtifactBlockSize: 128}},
	} {
		b := inMemory{}.NewContainer(t)
		if _, _, err := small(interrupted(b, 9)).StoreArtifact(t.Context(), "x", &memorySource{body: body, etag: "1"}); err == nil {
			t.Fatal("the first call was not interrupted")
		}

		opts := second.opts
		if opts.ArtifactBlockSize == 0 {
			opts.ArtifactBlockSize = 64
		}

		opts.ArtifactRange = 256
		info, _, err := archive.New(b, &opts).StoreArtifact(t.Context(), "x", second.src)
		if err != nil || info.Metadata["sha256"] != hashOf(second.src.body) || second.src.read < len(second.src.body) {
			t.Errorf("%s: %+v, %v; read %d", what, info, err, second.src.read)
		}
		if got, _, _ := readAll(b, "x"); got != second.src.body {
			t.Errorf("%s: other bytes are stored", what)
		}
	}
}

func TestALongArtifactIgnoresGapsAndOtherBlocks(t *testing.T) {
	b := inMemory{}.NewContainer(t)
	body := randomText(1000)
	if _, _, err := small(interrupted(b, 6)).StoreArtifact(t.Context(), "x", &memorySource{body: body, etag: "1"}); err == nil {
		t.Fatal("the first call was not interrupted")
	}
	staged, err := b.Staged(t.Context(), "x")
	if err != nil || len(staged) != 5 {
		t.Fatalf("%d blocks, %v", len(staged), err)
	}

	for _, block := range staged {
		if block.ID[23] == 3 { // a second block with number 3: no one can know which is right
			block.ID[30] ^= 1
			if err := b.Stage(t.Context(), "x", block.ID, make([]byte, 64)); err != nil {
				t.Fatal(err)
			}
		}
	}

	var other archive.BlockID
	if err := b.Stage(t.Context(), "x", other, make([]byte, 64)); err != nil {
		t.Fatal(err)
	}

	info, progress, err := small(b).StoreArtifact(t.Context(), "x", &memorySource{body: body, etag: "1"})
	if err != nil || info.Metadata["sha256"] != hashOf(body) || progress != 16-3+1 {
		t.Errorf("%+v, progress %d, %v", info, progress, err)
	}
	if got, _, _ := readAll(b, "x"); got != body {
		t.Error("other bytes are stored")
	}
}

func TestConcurrentCopiesOfALongArtifactMayShareTheirBlocks(t *testing.T) {
	for where, h := range map[string]archivetest.Harness{"in memory": inMemory{}, "on Azurite": sharedAzurite} {
		t.Run(where, func(t *testing.T) {
			b := h.NewContainer(t)
			body := randomText(1000)
			a := archive.New(b, &archive.Options{ArtifactBlockSize: 64, ArtifactRange: 256, Buffers: 16})
			var copies sync.WaitGroup
			for range 3 {
				copies.Go(func() {
					info, _, err := a.StoreArtifact(t.Context(), "x", &memorySource{body: body, etag: "1"})
					if err != nil || info.Metadata["sha256"] != hashOf(body) {
						t.Errorf("%+v, %v", info, err)
					}
				})
			}

			copies.Wait()
			if got, _, err := readAll(b, "x"); err != nil || got != body {
				t.Errorf("other bytes are stored: %v", err)
			}
		})
	}
}

// A staged block counts as progress only if the next call can continue after it.
func TestBlocksThatCannotBeResumedAreNoProgress(t *testing.T) {
	body := randomText(1000)
	for name, tt := range map[string]struct {
		tags []string // of the source, call by call
		at   []int    // the block at which each call breaks off
		want []int
	}{
		"a strong tag":                  {[]string{"1", "1", "1"}, []int{5, 4, 3}, []int{4, 3, 2}},
		"no tag":                        {[]string{"", ""}, []int{5, 5}, []int{0, 0}},
		"another tag each time":         {[]string{"1", "2", "3"}, []int{5, 5, 5}, []int{4, 0, 0}},
		"changed once, then resumed":    {[]string{"1", "2", "2"}, []int{5, 5, 5}, []int{4, 0, 4}},
		"changed, and further at once":  {[]string{"1", "2"}, []int{5, 9}, []int{4, 4}},
		"only the last block is staged": {[]string{"1", "1"}, []int{16, 2}, []int{15, 0}},
	} {
		t.Run(name, func(t *testing.T) {
			b := inMemory{}.NewContainer(t)
			for i, tag := range tt.tags {
				broken := interrupted(b, tt.at[i])
				if name == "only the last block is staged" && i == 1 {
					broken = newFaulty()
					broken.Backend = b
					broken.before = failAt("Commit", 1, errLost())
				}

				_, progress, err := small(broken).CopyArtifact(t.Context(), "x", &memorySource{body: body, etag: tag})
				if err == nil || progress != tt.want[i] {
					t.Errorf("call %d: progress %d, want %d (%v)", i+1, progress, tt.want[i], err)
				}
			}
		})
	}
}
