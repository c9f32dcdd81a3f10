// Package cli has what the command lines of this repository share: streams, exit codes,
// the explanation of errors, progress bars and printed lines.
package cli
