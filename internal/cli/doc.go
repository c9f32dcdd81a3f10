// Package cli is what the command lines of this repository share: streams, exit
// codes, how an error is explained, progress, and the lines that are printed.
package cli
