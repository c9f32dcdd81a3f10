package cli

import (
	"testing"

	"github.com/spf13/cobra"
)

func TestAMissingArgumentIsNamed(t *testing.T) {
	for name, tt := range map[string]struct {
		names, args []string
		want        string
	}{
		"all there":         {[]string{"ID", "DIR"}, []string{"a", "b"}, ""},
		"the last":          {[]string{"ID", "DIR"}, []string{"a"}, "DIR is missing; usage: dsr x"},
		"all":               {[]string{"ID", "DIR"}, nil, "ID and DIR are missing; usage: dsr x"},
		"one too many":      {[]string{"ID"}, []string{"a", "b"}, `"b" is an argument too many; usage: dsr x`},
		"one where none is": {nil, []string{"b"}, `"b" is an argument too many; usage: dsr x`},
		"an optional one":   {[]string{"[QUEUE]"}, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			err := Args(tt.names...)(&cobra.Command{Use: "dsr x"}, tt.args)
			if (err == nil) != (tt.want == "") || (err != nil && err.Error() != tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}
