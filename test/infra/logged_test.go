package infra_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"azureml-dsr/internal/dsr"
)

// line is what a log line of the app says, by its message.
type line map[string]bool // its attributes

// levels are the methods of a logger.
var levels = map[string]bool{"Debug": true, "Info": true, "Warn": true, "Error": true}

// logged reads the app's source, and returns the attributes of each log line by message,
// and the messages that are logged as errors.
func logged(t *testing.T) (lines map[string]line, errs int) {
	t.Helper()
	lines = map[string]line{}
	for _, folder := range []string{"internal", "handlers", "cmd/dsr"} {
		err := filepath.WalkDir(root+folder, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if call, ok := n.(*ast.CallExpr); ok && readCall(lines, call) {
					errs++
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(lines) < 20 {
		t.Fatalf("only %d log lines were found", len(lines))
	}
	return lines, errs
}

// readCall adds a call of a logger to the lines. It reports whether it logs an error.
func readCall(lines map[string]line, call *ast.CallExpr) (isError bool) {
	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	level, withContext := strings.CutSuffix(method.Sel.Name, "Context")
	args := call.Args
	if withContext && len(args) > 0 {
		args = args[1:]
	}
	if !levels[level] || len(args) == 0 {
		return false
	}
	message, ok := literal(args[0])
	if !ok {
		return false
	}

	if lines[message] == nil {
		lines[message] = line{}
	}
	addKeys(lines[message], args[1:])

	return level == "Error"
}

// addKeys adds the keys of attributes, those of the helpers for failures included.
func addKeys(keys line, args []ast.Expr) {
	for _, arg := range args {
		ast.Inspect(arg, func(n ast.Node) bool {
			if key, ok := n.(*ast.BasicLit); ok {
				if text, isText := literal(key); isText {
					keys[text] = true
				}
			}
			if f, ok := n.(*ast.SelectorExpr); ok {
				for _, key := range helperKeys(f.Sel.Name) {
					keys[key] = true
				}
			}
			return true
		})
	}
}

// helperKeys returns the keys of the attributes that a helper of internal/dsr returns.
func helperKeys(name string) (keys []string) {
	var attrs []any
	switch name {
	case "FailureAttrs":
		attrs = dsr.FailureAttrs(dsr.Task{}, 1, dsr.Errorf(dsr.Permanent, "R", "m"))
	case "RequestFailureAttrs":
		attrs = dsr.RequestFailureAttrs("r", 1, dsr.Errorf(dsr.Permanent, "R", "m"))
	}
	for i := 0; i < len(attrs); i += 2 {
		keys = append(keys, attrs[i].(string))
	}
	return keys
}

func literal(e ast.Expr) (string, bool) {
	l, ok := e.(*ast.BasicLit)
	if !ok || l.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(l.Value)
	return text, err == nil
}
