package personcopy

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// ErrTwice means that two files of a bag have the same name, or names that differ only in
// case, which Windows and macOS treat as the same.
var ErrTwice = errors.New("a file with this name is in the bag already")

// zipTime is the time of every file in a zip: the earliest that the format can state, so
// that the bytes depend on nothing but the content.
var zipTime = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

// Bag writes a zip with one folder, which is a BagIt 1.0 bag (RFC 8493). In memory it holds one
// line for each file, and no contents.
type Bag struct {
	out    *switched
	zip    *zip.Writer
	folder string
	taken  map[string]bool
	files  bagFiles
}

// bagFiles are the files of a bag.
type bagFiles struct {
	// Headers are those of the zip, whose sizes are known once the next file is added.
	Headers       []*zip.FileHeader
	Payload, Tags []sumLine
	// Octets is the size of the payload in bytes.
	Octets int64
}

// sumLine is a line of a manifest.
type sumLine struct{ Name, Sum string }

// NewBag begins a bag in a folder of the zip.
func NewBag(w io.Writer, folder string) *Bag {
	out := &switched{to: w}
	return &Bag{out: out, zip: zip.NewWriter(out), folder: folder, taken: map[string]bool{}}
}

// Add writes a file. A name that begins with data/ is payload; any other is a tag file.
func (b *Bag) Add(name string, content func(io.Writer) error) error {
	folded := strings.ToLower(name)
	if b.taken[folded] {
		return fmt.Errorf("%w: %s", ErrTwice, name)
	}
	b.taken[folded] = true

	header := &zip.FileHeader{
		Name:     b.folder + "/" + name,
		Method:   zip.Deflate,
		Modified: zipTime,
	}
	w, err := b.zip.CreateHeader(header)
	if err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	b.files.Headers = append(b.files.Headers, header)

	hash := sha256.New()
	counter := &octets{}
	if err := content(io.MultiWriter(w, hash, counter)); err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}

	line := sumLine{name, hex.EncodeToString(hash.Sum(nil))}
	if strings.HasPrefix(name, "data/") {
		b.files.Payload, b.files.Octets = append(b.files.Payload, line), b.files.Octets+counter.n
	} else {
		b.files.Tags = append(b.files.Tags, line)
	}

	return nil
}

// Close writes the tag files that make the folder a bag, and ends the zip. Without it the zip
// can't be read. date is the bag's. signer, unless nil, signs tagmanifest-sha256.txt.
func (b *Bag) Close(ctx context.Context, date time.Time, signer Signer) error {
	info := fmt.Sprintf("Bagging-Date: %s\nPayload-Oxum: %d.%d\n", date.UTC().Format(time.DateOnly), b.files.Octets, len(b.files.Payload))
	for _, tag := range []struct{ name, text string }{
		{"bagit.txt", "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"},
		{"bag-info.txt", info},
		{"manifest-sha256.txt", lines(b.files.Payload)},
	} {
		if err := b.addText(tag.name, tag.text); err != nil {
			return err
		}
	}
	list := lines(b.files.Tags)
	if err := b.addText(tagManifest, list); err != nil {
		return err
	}
	if err := b.sign(ctx, list, signer); err != nil {
		return err
	}

	if err := b.zip.Close(); err != nil {
		return fmt.Errorf("ending the zip: %w", err)
	}
	return nil
}

// tagManifest lists the hashes of all files that are no payload, the payload's list among
// them. So its signature vouches for the whole bag.
const tagManifest = "tagmanifest-sha256.txt"

// sign adds the signature of the list of lists, in the form of manifest.sig.
func (b *Bag) sign(ctx context.Context, list string, signer Signer) error {
	if signer == nil {
		return nil
	}
	signature, err := signer.Sign(ctx, []byte(list))
	if err != nil {
		return fmt.Errorf("signing the copy: %w", err)
	}
	body, err := json.Marshal(signature)
	if err != nil {
		return fmt.Errorf("signing the copy: %w", err)
	}
	return b.addText("tagmanifest-sha256.sig", string(body))
}

func (b *Bag) addText(name, text string) error {
	return b.Add(name, func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err //nolint:wrapcheck // Add names the file
	})
}

// lines returns a manifest, which sha256sum -c reads in the folder of the bag.
func lines(sums []sumLine) string {
	sorted := slices.SortedFunc(slices.Values(sums), func(x, y sumLine) int { return strings.Compare(x.Name, y.Name) })
	var out strings.Builder
	for _, s := range sorted {
		out.WriteString(s.Sum + "  " + s.Name + "\n")
	}
	return out.String()
}

// octets counts bytes.
type octets struct{ n int64 }

// Write implements io.Writer.
func (o *octets) Write(p []byte) (int, error) {
	o.n += int64(len(p))
	return len(p), nil
}
