package document_test

import (
	"fmt"
	"os"
	"strings"

	"azureml-dsr/internal/document"
)

func ExampleCopy() {
	upstream := `{"runId": "run-1",  "score": 1e400, "token": "s3cret", "log": "https://x/b?sv=1&sig=abc%3D&se=2"}`
	res, err := document.Copy(os.Stdout, strings.NewReader(upstream), document.Options{
		Secrets: []document.Secret{{Pointer: "/token"}, {Pointer: "/log", Link: true}},
	})
	fmt.Println()
	fmt.Println(res.Masked, err)
	// Output:
	// {"runId": "run-1",  "score": 1e400, "token": "[masked]", "log": "https://x/b?sv=1&sig=[masked]&se=2"}
	// [/token /log] <nil>
}
