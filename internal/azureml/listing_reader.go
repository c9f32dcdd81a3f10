package azureml

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"azureml-dsr/internal/dsr"

	"github.com/go-json-experiment/json/jsontext"
)

// listReader reads a page token by token, and keeps its names and its cursor.
type listReader struct {
	key     string
	behind  string // the segment of the key's path that comes before the name; "" for none
	nested  bool   // whether a name may be "parent/child", as ARM's are; paths take the child's
	byToken bool   // whether a continuationToken goes before a nextLink
	byPost  bool   // whether a nextLink is ignored
	byID    bool   // whether it is a list as OpenAI's are
	// anyShape reports whether the elements may have any shape, or be missing.
	anyShape bool
	source   *boundedSource
	dec      *jsontext.Decoder
	bom      int64 // how many bytes come before the decoder's first

	items       []string
	names       int // how many bytes the items have
	link, token string
	last        string // the last_id
	more        bool   // has_more
}

func newListReader(r io.Reader, op Operation) *listReader {
	return &listReader{
		key:     op.Key,
		behind:  op.Behind,
		nested:  op.Plane == ARM && op.Key == "name",
		byToken: op.Token != "",
		byPost:  op.Body != "",
		byID:    op.Token == lastID,
		source:  &boundedSource{r: r},
	}
}

// next returns the cursor of the next page; "" after the last one.
func (l *listReader) next() string {
	switch {
	case l.byID && l.more:
		return tokenCursor + l.last
	case l.byID:
		return ""
	case l.link != "" && !l.byPost && (l.token == "" || !l.byToken):
		return l.link
	case l.token != "":
		return tokenCursor + l.token
	default:
		return ""
	}
}

// failed returns the error of a page: wrapped where the page couldn't be read, or else
// that it has another shape.
func (l *listReader) failed(op Operation, err error) error {
	if l.source.err != nil {
		return fmt.Errorf("reading the list %s: %w", op.ID, l.source.err)
	}
	malformed := dsr.Errorf(dsr.Permanent, dsr.ReasonMalformedAnswer, "%s: the answer is no list as the service describes it", op.ID)
	malformed.Err = err
	return malformed
}

// behindMark returns what comes behind a byte order mark. An error of the source is kept by
// it, and is what the list fails with.
func (l *listReader) behindMark() io.Reader {
	const mark = "\xef\xbb\xbf"
	head := make([]byte, len(mark))
	n, _ := io.ReadFull(l.source, head)
	if string(head) == mark {
		l.bom = int64(len(mark))
		return l.source
	}
	return io.MultiReader(bytes.NewReader(head[:n]), l.source)
}

func (l *listReader) read() error {
	l.source.limit = maxListToken
	// The upstream's documents have members twice and broken text, which is no fault here.
	l.dec = jsontext.NewDecoder(l.behindMark(), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))

	switch kind := l.peek(); kind {
	case '[':
		if err := l.elements(); err != nil {
			return err
		}
	case '{':
		if err := l.page(); err != nil {
			return err
		}
	default:
		return l.unexpected("neither an object nor an array")
	}

	if _, err := l.readToken(); !errors.Is(err, io.EOF) {
		return l.unexpected("something behind the list")
	}

	return nil
}

// page reads the object around the elements.
func (l *listReader) page() error {
	found := false
	elements := "value"
	if l.byID {
		elements = "data"
	}
	err := l.object(func(name string) error {
		switch name {
		case elements:
			found = true
			if l.anyShape {
				return l.skip()
			}
			return l.value()
		case "nextLink":
			return l.optional(&l.link)
		case "continuationToken":
			return l.optional(&l.token)
		case "last_id":
			return l.optional(&l.last)
		case "has_more":
			return l.flag(&l.more)
		default:
			return l.skip()
		}
	})

	switch {
	case err != nil:
		return err
	case !found && !l.anyShape:
		return l.unexpected("an object without " + elements)
	case l.byID && l.more && l.last == "":
		return l.unexpected("an object that doesn't say behind what there is more")
	}

	return nil
}

// value reads the elements; null is a list without any.
func (l *listReader) value() error {
	switch l.peek() {
	case '[':
		return l.elements()
	case 'n':
		return l.skip()
	default:
		return l.unexpected("a value that is no array")
	}
}

func (l *listReader) elements() error {
	if _, err := l.readToken(); err != nil { // the bracket
		return err
	}
	for l.peek() != ']' {
		if err := l.element(); err != nil {
			return err
		}
	}
	_, err := l.readToken()
	return err
}

// name reads what names an element: a string, or an object, of which it returns the
// JSON.
func (l *listReader) name() (string, error) {
	if l.nested || l.peek() != '{' {
		return l.text()
	}

	// The decoder reads an object from its start again with each piece that arrives, so
	// a long one in small pieces would take for ever.
	l.source.limit = l.bom + l.dec.InputOffset() + maxNameObject
	raw, err := l.dec.ReadValue()
	if err != nil {
		return "", l.unexpected("a broken name")
	}
	if !raw.IsValid() { // stricter than the decoder
		return "", l.unexpected("a name with broken text, or with a member twice")
	}

	raw = raw.Clone()
	if err := raw.Compact(); err != nil {
		return "", l.unexpected("a broken name")
	}

	return string(raw), nil
}

// element reads the name of an element. If it has two, the last one counts.
func (l *listReader) element() error {
	if l.key == "" {
		return l.skip()
	}
	if l.peek() != '{' {
		return l.unexpected("an element that is no object")
	}

	item := ""
	err := l.object(func(name string) error {
		if name != l.key {
			return l.skip()
		}
		var err error
		item, err = l.name()
		return err
	})
	if err != nil {
		return err
	}

	if l.nested {
		item = item[strings.LastIndexByte(item, '/')+1:]
	}
	if l.behind != "" {
		item = segmentBehind(item, l.behind)
	}
	if item == "" {
		return l.unexpected("an element without a name")
	}

	if l.names += len(item); l.names > maxListNames || len(l.items) == dsr.MaxChunk {
		return l.unexpected("more names than a page may have")
	}

	l.items = append(l.items, item)

	return nil
}

// segmentBehind returns the segment of a path that follows another, in any case; "" where
// there is none.
func segmentBehind(path, before string) string {
	segments := strings.Split(path, "/")
	i := slices.IndexFunc(segments, func(s string) bool { return strings.EqualFold(s, before) })
	if i < 0 || i+1 == len(segments) {
		return ""
	}
	return segments[i+1]
}
