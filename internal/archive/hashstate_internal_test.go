package archive

import (
	"bytes"
	"crypto/sha256"
	"testing"
)

// Go does not guarantee the marshalled form of SHA-256. Resuming an artifact depends on it.
func TestTheStateOfSHA256FitsABlockID(t *testing.T) {
	text := bytes.Repeat([]byte("sixty-four bytes"), 64)
	for cut := 0; cut <= len(text); cut += sha256.BlockSize {
		sum := sha256.New()
		sum.Write(text[:cut])
		state, err := hashState(sum)
		if err != nil {
			t.Fatal(err)
		}
		resumed, err := hashFrom(state, int64(cut))
		if err != nil {
			t.Fatal(err)
		}

		resumed.Write(text[cut:])
		if want := sha256.Sum256(text); !bytes.Equal(resumed.Sum(nil), want[:]) {
			t.Errorf("cut at %d: another hash", cut)
		}
	}
}

func TestTheLayoutOfAResumableBlockID(t *testing.T) {
	sum := sha256.New()
	sum.Write(make([]byte, 128))
	id, err := resumableID(`"0x8D"`, 1000).blockAfter(258, sum, 128)
	if err != nil {
		t.Fatal(err)
	}

	tag := sha256.Sum256([]byte("\"0x8D\"\x001000"))
	state, err := hashState(sum)
	if err != nil {
		t.Fatal(err)
	}

	want := bytes.Join([][]byte{tag[:16], {0, 0, 0, 0, 0, 0, 1, 2}, state, make([]byte, 8)}, nil)
	if !bytes.Equal(id[:], want) {
		t.Errorf("got  %x\nwant %x", id, want)
	}
	if id, err = resumableID("e", 1).blockAfter(0, sum, 100); err != nil || !bytes.Equal(id[idState:], make([]byte, 40)) {
		t.Errorf("a block that ends within a hash block has a state: %x, %v", id, err)
	}
}
