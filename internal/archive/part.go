package archive

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync"

	"azureml-dsr/internal/document"
	"azureml-dsr/internal/dsr"
)

var (
	// ErrPartSpoiled means that the part can't be used any more, because the document of
	// another caller broke off within it. That caller gets the cause instead.
	ErrPartSpoiled = errors.New("the part ends within a document")
	errNothing     = errors.New("the copy of a document wrote nothing")
	errBothGiven   = errors.New("an entry that hands its item over has no document")
)

// PartWriter streams a part: a JSON array of entries, each with the upstream's document
// byte for byte. It is safe for concurrent use; entries are written one after another.
type PartWriter struct {
	mu        sync.Mutex
	w         *Writer
	text      bytes.Buffer  // what is written of an entry before its document, or after it
	json      *json.Encoder // to text
	filled    bool          // whether the part has an entry
	documents int
	matches   int
	entries   []StoredEntry // the same as ReadPart would yield
	unkept    bool          // whether entries lacks some, so that the part must be read back
}

// NewPart begins a part. It waits for a buffer, as NewWriter does.
func (a *Archive) NewPart(ctx context.Context, name string) (*PartWriter, error) {
	w, err := a.NewWriter(ctx, name)
	if err != nil {
		return nil, err
	}
	return newPartWriter(w), nil
}

func newPartWriter(w *Writer) *PartWriter {
	p := &PartWriter{w: w}
	p.json = json.NewEncoder(&p.text)
	p.json.SetEscapeHTML(false) // so that URLs stay readable
	return p
}

// head has the members of an entry before its document, tail those after it.
type head struct {
	Endpoint    string `json:"endpoint"`
	Item        string `json:"item"`
	URL         string `json:"url"`
	Status      int    `json:"status"`
	RetrievedAt string `json:"retrievedAt"`
}

type tail struct {
	Content         *dsr.Content       `json:"content,omitempty"`
	Masked          []string           `json:"masked,omitempty"`
	SubjectMatches  int                `json:"subjectMatches,omitempty"`
	PossibleMatches int                `json:"possibleMatches,omitempty"`
	Mentions        []string           `json:"mentions,omitempty"`
	Owner           dsr.Ownership      `json:"owner,omitempty"`
	Error           *dsr.ItemError     `json:"error,omitempty"`
	SubNode         string             `json:"subNode,omitempty"`
	Inventory       *dsr.Inventory     `json:"inventory,omitempty"`
	Deletion        *dsr.DeletionProof `json:"deletion,omitempty"`
	Left            int                `json:"left,omitempty"`
}

// Add appends an entry. copyDocument writes the document, and its result becomes the
// entry's masked and its matches. If copyDocument is nil, the document is null. An entry
// that hands its item over to a sub-node has no document at all.
//
// Add returns the error of copyDocument. If copyDocument has written nothing, the entry is
// dropped and the part can still be used. Otherwise the part is spoiled and Commit fails.
func (p *PartWriter) Add(e dsr.Entry, copyDocument func(io.Writer) (document.Result, error)) error {
	if copyDocument != nil && e.SubNode != "" {
		return errBothGiven
	}

	p.mu.Lock()
	defer p.mu.Unlock()

	if err := p.begin(e); err != nil {
		return err
	}

	var length int64
	var err error
	switch {
	case e.SubNode != "":
		_, err = p.w.Write(p.text.Bytes())
	case copyDocument == nil:
		p.matches += e.SubjectMatches
		p.text.WriteString(`,"document":null`)
		_, err = p.w.Write(p.text.Bytes())
	default:
		p.text.WriteString(`,"document":`)
		length, err = p.copyDocument(&e, copyDocument)
	}
	if err != nil {
		return err
	}
	if err := p.end(e); err != nil {
		return err
	}

	p.note(StoredEntry{Entry: e, HasDocument: length > 0, Bytes: length})
	return nil
}

// note keeps a written entry, so that the part need not be read back. It keeps none of a
// part that has too many.
func (p *PartWriter) note(e StoredEntry) {
	if len(p.entries) == maxWrittenEntries {
		p.entries, p.unkept = nil, true
	}
	if !p.unkept {
		p.entries = append(p.entries, e)
	}
}

// begin makes the text of an entry up to its document.
func (p *PartWriter) begin(e dsr.Entry) error {
	at, err := e.RetrievedAt.UTC().MarshalText()
	if err != nil {
		return fmt.Errorf("writing an entry's time: %w", err)
	}
	p.text.Reset()
	p.text.WriteString(p.before())
	if err := p.encode(head{e.Endpoint, e.Item, e.URL, e.Status, string(at)}); err != nil {
		return err
	}
	p.text.Truncate(p.text.Len() - len("}")) // the document follows
	return nil
}

// copyDocument writes an entry up to the end of its document and returns the length of the
// document. It writes nothing before the first byte of the document, so that a document
// which never comes leaves no trace.
func (p *PartWriter) copyDocument(e *dsr.Entry, f func(io.Writer) (document.Result, error)) (int64, error) {
	lazy := &lazyWriter{w: p.w, begin: p.text.Bytes()}
	res, err := f(lazy)
	if err == nil && !lazy.begun {
		err = errNothing
	}
	if err != nil {
		if lazy.begun && p.w.usable() == nil {
			_ = p.w.fail(ErrPartSpoiled) // the cause is returned below
		}
		return 0, fmt.Errorf("copying a document: %w", err)
	}

	e.Masked, e.SubjectMatches, e.PossibleMatches, e.Mentions = res.Masked, res.Matches, res.Possible, res.Mentions
	p.documents++
	p.matches += res.Matches

	return lazy.length, nil
}

// lazyWriter writes begin before the first byte that is written to it.
type lazyWriter struct {
	w      io.Writer
	begin  []byte
	begun  bool
	length int64 // bytes written after begin
}

// Write implements io.Writer.
func (l *lazyWriter) Write(b []byte) (int, error) {
	if len(b) > 0 && !l.begun {
		l.begun = true
		if _, err := l.w.Write(l.begin); err != nil {
			return 0, err
		}
	}
	n, err := l.w.Write(b)
	l.length += int64(n)
	return n, err
}

// end writes the members after the document and closes the entry.
func (p *PartWriter) end(e dsr.Entry) error {
	p.text.Reset()
	err := p.encode(tail{
		Content:         e.Content,
		Masked:          e.Masked,
		SubjectMatches:  e.SubjectMatches,
		PossibleMatches: e.PossibleMatches,
		Mentions:        e.Mentions,
		Owner:           e.Owner,
		Error:           e.Error,
		SubNode:         e.SubNode,
		Inventory:       e.Inventory,
		Deletion:        e.Deletion,
		Left:            e.Left,
	})
	if err != nil {
		return p.w.fail(err)
	}

	b := p.text.Bytes()
	if len(b) > len("{}") {
		b[0] = ','
	} else {
		b = b[1:]
	}
	if _, err := p.w.Write(b); err != nil {
		return err
	}

	p.filled = true

	return nil
}

// before returns the bytes that precede the next entry.
func (p *PartWriter) before() string {
	if p.filled {
		return ",\n"
	}
	return "["
}

// Commit closes the array and creates the blob with the metadata sha256, documents and
// subjectmatches. It returns the stored blob's Info. The stored blob may be that of a
// concurrent delivery.
func (p *PartWriter) Commit() (Info, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	meta, err := p.close()
	if err != nil {
		return Info{}, err
	}
	info, err := p.w.Commit(meta)
	if err == nil && !p.unkept && info.Metadata[MetaSHA256] == p.hash() {
		p.w.a.written.keep(WrittenPart{Info: info, Entries: p.entries})
	}
	return info, err
}

// close ends the array and returns the blob's metadata.
func (p *PartWriter) close() (map[string]string, error) {
	closing := "]"
	if !p.filled {
		closing = "[]"
	}
	if _, err := p.w.Write([]byte(closing)); err != nil {
		return nil, err
	}
	return map[string]string{
		MetaDocuments:      strconv.Itoa(p.documents),
		MetaSubjectMatches: strconv.Itoa(p.matches),
	}, nil
}

// Abort discards the part. After Commit it does nothing.
func (p *PartWriter) Abort() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.w.Abort()
}

// encode appends the JSON of a value to the text.
func (p *PartWriter) encode(v any) error {
	if err := p.json.Encode(v); err != nil {
		return fmt.Errorf("encoding an entry: %w", err)
	}
	p.text.Truncate(p.text.Len() - len("\n"))
	return nil
}
