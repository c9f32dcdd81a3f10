package personcopy

import (
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"sync"
	"time"

	"azureml-dsr/internal/dsr"
)

// writePages writes the files beside the data, for people and for programs.
func writePages(b *Bag, s Summary) error {
	body, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("writing package.json: %w", err)
	}

	for _, page := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{"index.html", func(w io.Writer) error { return overview().Execute(w, s) }},
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

// index writes the section's table.
func (s *section) index(b *Bag) error {
	return b.Add("data/"+s.Type+"/index.html", func(w io.Writer) error { return sectionPage().Execute(w, s) })
}

// Name returns the plain name of the section's type.
func (s *section) Name() string { return KindName(s.Type) }

// Omitted returns how many documents the table leaves out.
func (s *section) Omitted() int { return s.Documents - len(s.Rows) }

// Date returns the day of a time, for a person to read.
func (s Summary) Date(t time.Time) string { return t.Format("2 January 2006") }

// Whole reports whether everything that was searched could be read.
func (s Summary) Whole() bool { return s.Status == dsr.StatusSucceeded && s.Failures == 0 }

// Looked returns how many documents were looked through.
func (s Summary) Looked() int {
	n := 0
	for _, searched := range s.Searched {
		n += searched.Documents
	}
	return n
}

const readme = `This is a copy of your personal data in Azure Machine Learning.

To read it, double-click the file index.html. It opens in a web browser. It says
what is here, what was left out and why, and how to complain.

Your data is in the folder "data". The files are in a common format called JSON.
You can open them with a text editor, and other programs can read them too.

To check that no file was changed, somebody who knows the command line can run
these two commands in the folder that holds this file:

    sha256sum -c manifest-sha256.txt
    sha256sum -c tagmanifest-sha256.txt

If there is a file tagmanifest-sha256.sig, it is a digital signature. Whoever sent
you this copy can tell you which key made it, and so prove that the copy is theirs.
`

// head begins every page. Nothing is loaded, and no script runs.
const head = `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body{font:1rem/1.5 sans-serif;color:#111;background:#fff}main{max-width:45rem;margin:2rem auto;padding:0 1rem}table{border-collapse:collapse}caption{text-align:left;font-weight:bold}th,td{text-align:left;vertical-align:top;padding:.3rem .8rem;border-bottom:1px solid #767676;overflow-wrap:anywhere}li{margin:.4rem 0}td ul{margin:0;padding-left:1rem}td li{margin:0}th[scope=row]{font-weight:normal}a{color:#00428a}</style>
`

// parsed returns a page, which is parsed when it is first needed.
func parsed(name, page string) func() *template.Template {
	return sync.OnceValue(func() *template.Template { return template.Must(template.New(name).Parse(head + page)) })
}

var sectionPage = parsed("section", `<title>{{.Name}}: your data in Azure Machine Learning</title></head>
<body><main>
<p><a href="../../index.html">Back to the overview</a></p>
<h1>{{.Name}}</h1>
<p>We found {{.Documents}} of these. The table shows {{if .Omitted}}the first {{len .Rows}}{{else if eq .Documents 1}}it{{else}}all of them{{end}}, with part of what the service recorded. You find the rest in {{if eq (len .Files) 1}}this file{{else}}these files{{end}}: {{range $i, $f := .Files}}{{if $i}}, {{end}}<a href="{{$f}}">{{$f}}</a>{{end}}.</p>
<table>
<caption>What we found</caption>
<thead><tr><th scope="col">Name in the service</th><th scope="col">What the service recorded</th><th scope="col">When we read it</th></tr></thead>
<tbody>
{{range .Rows}}<tr><th scope="row"><bdi>{{.Item}}</bdi></th><td>{{if .Facts}}<ul>{{range .Facts}}<li><bdi>{{.Name}}</bdi>: <bdi>{{.Value}}</bdi></li>{{end}}</ul>{{else}}See the {{if eq (len $.Files) 1}}file{{else}}files{{end}}.{{end}}</td><td>{{.RetrievedAt}}</td></tr>
{{end}}</tbody>
</table>
{{with .Omitted}}<p>The table leaves out {{.}}. You find {{if eq . 1}}it{{else}}them{{end}} in the files.</p>
{{end}}</main></body></html>
`)

var overview = parsed("overview", `<title>Your data in Azure Machine Learning</title></head>
<body><main>
<h1>Your data in Azure Machine Learning</h1>

<h2>What this is</h2>
<p>You asked for a copy of your personal data. This is the answer to request <strong><bdi>{{.RequestID}}</bdi></strong> of {{.Date .SubmittedAt}}. We finished collecting the data on {{.Date .ClosedAt}}.</p>
{{if .Documents}}<p>We found <strong>{{.Documents}}</strong> {{if eq .Documents 1}}record that is{{else}}records that are{{end}} yours.</p>
{{else}}<p><strong>We found nothing that is yours.</strong> What we looked through is listed below.</p>
{{end}}{{if not .Whole}}<p><strong>This copy may not be complete.</strong> Some things were not read. You can ask us to try again.</p>
{{end}}
{{if .Sections}}<h2>What is here</h2>
<table>
<caption>Your data, by kind</caption>
<thead><tr><th scope="col">Kind</th><th scope="col">Records</th></tr></thead>
<tbody>
{{range .Sections}}<tr><td><a href="data/{{.ResourceType}}/index.html">{{.Name}}</a></td><td>{{.Documents}}</td></tr>
{{end}}</tbody>
</table>
<p>A record counts as yours if it names your account as the one that made it or uses it. It also counts as yours if it belongs to such a record. The results of a training run, for example, belong to the run.{{if eq .Policy.Unattributed "include"}} Records that do not say whose they are count, too, if they name you. Some of them may have been made by somebody else, or be about a person with the same name.{{end}}</p>
{{end}}
<h2>Where it came from</h2>
<p>It came from Azure Machine Learning, a Microsoft service. Your organization uses it to make and run models, which are programs that learn from data. A training run is one session in which a model learns. When you make something in the service, it records your account number, your name and the address you sign in with.</p>

<h2>Why we have it</h2>
<p>The service keeps this data so that work can be repeated, and so that it is clear who made what. Your organization decides what it is used for, who may see it and how long it is kept.{{if .Contact}} <bdi>{{.Contact}}</bdi> can tell you more.{{end}}</p>

<h2>What we looked through</h2>
{{if .Searched}}<p>We looked through {{.Looked}} {{if eq .Looked 1}}record or list{{else}}records and lists, yours and other people's{{end}}:</p>
<ul>
{{range .Searched}}<li>{{.Name}}: {{.Documents}}</li>
{{end}}</ul>
{{else}}<p>There was nothing in the places that the request names.</p>
{{end}}{{with .Review}}<p>A program made this copy, and a person reviewed it. {{if .Uncertain}}There {{if eq .Uncertain 1}}was one place{{else}}were {{.Uncertain}} places{{end}} where the program could not be sure whether something is yours, or whether somebody else is named. The person decided {{.Decided}} of them.{{if ne .Decided .Uncertain}} Elsewhere the program did what it had proposed.{{end}}{{else}}The program found no place where it was unsure.{{end}}</p>
{{end}}
<h2>What was left out, and why</h2>
<ul>
{{range .NotIncluded}}<li><strong>{{.What}}{{if .Count}} ({{.Count}}){{end}}.</strong> {{.Reason}}{{with .Naming}} {{if eq . 1}}One of them mentions you. You can ask what it says about you.{{else}}{{.}} of them mention you. You can ask what they say about you.{{end}}{{end}}{{with .Where}} {{.}}{{end}}</li>
{{end}}<li><strong>Other people in your data.</strong> In your data they are called person-1, person-2 and so on, or just “another person”. As far as we can tell, the same number always means the same person.{{if .Contents}} In the contents of files nobody is replaced: each file is as the service kept it.{{end}}</li>
<li><strong>Passwords and keys.</strong> They are replaced by the word [masked].</li>
</ul>

<h2>Your rights</h2>
<p>{{if .Contact}}You can ask <bdi>{{.Contact}}</bdi>{{else}}You can ask whoever sent you this copy{{end}} to explain this copy, to correct data that is wrong, to erase data, or to limit how it is used. You can also object to its use.</p>

<h2>How to complain</h2>
<p>If you think that your data is handled unlawfully, or that this answer is wrong, you can complain to a data protection authority. You can choose the one where you live, where you work, or where you think the law was broken. It costs nothing.</p>
</main></body></html>
`)
