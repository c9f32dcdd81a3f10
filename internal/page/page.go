// Package page has the files of the page at which people look after requests. They are
// served as they are: nothing is built, and nothing is loaded from elsewhere.
package page

import (
	"embed"
	"io/fs"
)

//go:embed index.html app.css icon.svg app
var files embed.FS

// Files returns the files of the page, with index.html at the root.
func Files() fs.FS { return files }
