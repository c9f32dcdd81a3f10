package personcopy

import (
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"strings"
	"time"

	"azureml-dsr/internal/dsr"
)

// Summary is package.json: what a copy has, and what it leaves out. It has no personal data.
type Summary struct {
	SchemaVersion string     `json:"schemaVersion"`
	RequestID     string     `json:"requestId"`
	Status        dsr.Status `json:"status"`
	SubmittedAt   time.Time  `json:"submittedAt"`
	ClosedAt      time.Time  `json:"closedAt"`
	Contact       string     `json:"contact,omitempty"`
	Documents     int        `json:"documents"`
	Sections      []Section  `json:"sections"`
	NotIncluded   []LeftOut  `json:"notIncluded"`
	// People is how many other people were told apart and taken out.
	People int `json:"people"`
}

// Section is the documents of a resource type.
type Section struct {
	ResourceType string   `json:"resourceType"`
	Documents    int      `json:"documents"`
	Bytes        int64    `json:"bytes"`
	Files        []string `json:"files"` // in data/{resourceType}/
}

// LeftOut is what a copy leaves out, and why.
type LeftOut struct {
	What   string `json:"what"`
	Count  int    `json:"count,omitempty"`
	Reason string `json:"reason"`
	Where  string `json:"where,omitempty"`
}

func newSummary(o Order) Summary {
	return Summary{
		SchemaVersion: dsr.SchemaVersion,
		RequestID:     o.RequestID,
		Status:        o.Status,
		SubmittedAt:   o.SubmittedAt.UTC(),
		ClosedAt:      o.ClosedAt.UTC(),
		Contact:       o.Contact,
		Sections:      []Section{},
		NotIncluded:   []LeftOut{},
	}
}

func (s *Summary) add(done section) {
	s.Documents += done.Documents
	s.Sections = append(s.Sections, Section{
		ResourceType: done.Type,
		Documents:    done.Documents,
		Bytes:        done.Bytes,
		Files:        done.Files,
	})
}

// leave says what was left out. Telemetry and artifacts always are.
func (s *Summary) leave(left map[Class]int) {
	for _, l := range []struct {
		class        Class
		what, reason string
	}{
		{Others, "Documents of other people", "They are about somebody else, whose rights a copy must not harm."},
		{Shared, "Descriptions of shared places", "Workspaces, projects and experiments belong to everybody who works in them."},
		{Unattributed, "Documents that do not say whose they are", "Nothing in them shows that they are yours. You may ask for a person to look through them."},
	} {
		if left[l.class] > 0 {
			s.NotIncluded = append(s.NotIncluded, LeftOut{What: l.what, Count: left[l.class], Reason: l.reason})
		}
	}

	s.NotIncluded = append(s.NotIncluded,
		LeftOut{What: "The contents of files that runs have written", Reason: "Other people cannot be taken out of them safely. You may ask for them."},
		LeftOut{
			What:   "Logs and telemetry of the service itself",
			Reason: "Microsoft keeps them, and hands them out by another way.",
			Where:  "The administrator of your organization asks for them in the Azure portal, under User privacy.",
		})
}

// writePages writes what is beside the data: for people, and for programs.
func writePages(b *Bag, s Summary) error {
	body, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("writing package.json: %w", err)
	}

	for _, page := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{"index.html", func(w io.Writer) error { return overview.Execute(w, s) }},
		{"README.txt", func(w io.Writer) error { return write(w, readme) }},
		{"package.json", func(w io.Writer) error { return write(w, string(body)+"\n") }},
	} {
		if err := b.Add(page.name, page.write); err != nil {
			return err
		}
	}

	return nil
}

func write(w io.Writer, text string) error {
	_, err := io.WriteString(w, text)
	return err //nolint:wrapcheck // Add names the file
}

// Date returns a time as a day that people read.
func (s Summary) Date(t time.Time) string { return t.Format("2 January 2006") }

// Whole reports whether everything that was searched could be read.
func (s Summary) Whole() bool { return s.Status == dsr.StatusSucceeded }

// Searched reports what kinds of things were searched, in words.
func (s Summary) Searched() string {
	return strings.Join([]string{"runs and what they wrote", "models", "data", "compute", "chats with agents"}, ", ")
}

const readme = `This is a copy of your personal data in Azure Machine Learning.

Open index.html in a browser. It says what is here, what was left out and why, and how to
complain. The data is in the folder data, as JSON, which programs can read.

To check that no file was changed, run this in this folder:

    sha256sum -c manifest-sha256.txt
    sha256sum -c tagmanifest-sha256.txt
`

// head begins every page. Nothing is loaded, and no script runs.
const head = `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body{font:1rem/1.5 sans-serif;color:#111;background:#fff}main{max-width:45rem;margin:2rem auto;padding:0 1rem}table{border-collapse:collapse}th,td{text-align:left;padding:.3rem .8rem;border-bottom:1px solid #767676;overflow-wrap:anywhere}</style>
`

var overview = template.Must(template.New("overview").Parse(head + `<title>Your data in Azure Machine Learning</title></head>
<body><main>
<h1>Your data in Azure Machine Learning</h1>

<h2>What this is</h2>
<p>You asked for a copy of your personal data. This is the answer to request <strong><bdi>{{.RequestID}}</bdi></strong>, which you made on {{.Date .SubmittedAt}}. It was put together on {{.Date .ClosedAt}}.</p>
{{if .Documents}}<p>We found {{.Documents}} documents that are yours.</p>
{{else}}<p><strong>We found nothing that is yours.</strong> We looked for {{.Searched}}.</p>
{{end}}{{if not .Whole}}<p><strong>This copy may not be complete.</strong> Some places could not be read.</p>
{{end}}
{{if .Sections}}<h2>What is here</h2>
<table>
<caption>Kinds of documents</caption>
<thead><tr><th scope="col">Kind</th><th scope="col">Documents</th></tr></thead>
<tbody>
{{range .Sections}}<tr><td><a href="data/{{.ResourceType}}/index.html">{{.ResourceType}}</a></td><td>{{.Documents}}</td></tr>
{{end}}</tbody>
</table>
{{end}}
<h2>Where it came from</h2>
<p>It came from Azure Machine Learning, the service of Microsoft in which your organization trains and runs models. The service noted your account when you used it.</p>

<h2>Why we have it</h2>
<p>The service keeps it so that work can be repeated, and so that it is known who made what. Your organization decides how long it is kept, and for what it is used.</p>

<h2>What was left out, and why</h2>
<ul>
{{range .NotIncluded}}<li><strong>{{.What}}{{if .Count}} ({{.Count}}){{end}}.</strong> {{.Reason}}{{with .Where}} {{.}}{{end}}</li>
{{end}}<li><strong>Other people in your documents.</strong> They are called person-1, person-2 and so on. The same number is always the same person.</li>
<li><strong>Passwords and keys.</strong> They stand as [masked].</li>
</ul>

<h2>How to ask or complain</h2>
<p>{{if .Contact}}You can ask <bdi>{{.Contact}}</bdi> about this copy.{{else}}You can ask whoever sent you this copy about it.{{end}} You may ask for wrong data to be corrected, for data to be erased, and for its use to be restricted, and you may object to it.</p>
<p>You may also complain to a data protection authority, where you live, where you work, or where you think the law was broken.</p>
</main></body></html>
`))
