package personcopy

import (
	"bytes"
	"fmt"
	"html/template"
	"io"
	"time"
)

const (
	// partSize is how many bytes of documents are held before they become a file.
	partSize = 1 << 20
	// maxRows is how many documents the table of a section lists.
	maxRows = 1000
)

// section is the documents of one resource type.
type section struct {
	Type      string
	Documents int
	Bytes     int64
	Files     []string
	Rows      []row

	held bytes.Buffer // the documents of the next file
}

// row is a line of a section's table.
type row struct{ Item, RetrievedAt string }

func (s *section) add(document []byte, item string, retrieved time.Time) {
	begin := ",\n"
	if s.held.Len() == 0 {
		begin = "[\n"
	}
	s.held.WriteString(begin)
	s.held.Write(document)

	s.Documents++
	s.Bytes += int64(len(document))
	if len(s.Rows) < maxRows {
		s.Rows = append(s.Rows, row{item, retrieved.UTC().Format(time.DateOnly)})
	}
}

// flush writes the held documents as a file, if there are any.
func (s *section) flush(b *Bag) error {
	if s.held.Len() == 0 {
		return nil
	}
	s.held.WriteString("\n]\n")

	file := fmt.Sprintf("part-%05d.json", len(s.Files)+1)
	err := b.Add("data/"+s.Type+"/"+file, func(w io.Writer) error {
		_, err := s.held.WriteTo(w)
		return err //nolint:wrapcheck // Add names the file
	})
	s.Files = append(s.Files, file)
	s.held.Reset()

	return err
}

// Omitted is how many documents the table leaves out.
func (s *section) Omitted() int { return s.Documents - len(s.Rows) }

// index writes the section's table.
func (s *section) index(b *Bag) error {
	return b.Add("data/"+s.Type+"/index.html", func(w io.Writer) error { return sectionPage.Execute(w, s) })
}

var sectionPage = template.Must(template.New("section").Parse(head + `<title>{{.Type}}</title></head>
<body><main>
<p><a href="../../index.html">Back to the overview</a></p>
<h1>{{.Type}}</h1>
<p>{{.Documents}} documents, in full in {{range $i, $f := .Files}}{{if $i}}, {{end}}<a href="{{$f}}">{{$f}}</a>{{end}}.</p>
<table>
<caption>What there is</caption>
<thead><tr><th scope="col">Name</th><th scope="col">Read on</th></tr></thead>
<tbody>
{{range .Rows}}<tr><td><bdi>{{.Item}}</bdi></td><td>{{.RetrievedAt}}</td></tr>
{{end}}</tbody>
</table>
{{with .Omitted}}<p>{{.}} more are in the files.</p>
{{end}}</main></body></html>
`))
