package cli

// Red makes a line red on a terminal.
const (
	Red      = "\x1b[31m"
	colorOff = "\x1b[0m"
)

// Color returns an escape sequence of color, or "" where none is wanted: out is no terminal,
// or the environment has NO_COLOR.
func (e *Env) Color(sequence string) string {
	if _, unwanted := e.Lookup("NO_COLOR"); !e.IsTerminal || unwanted {
		return ""
	}
	return sequence
}
