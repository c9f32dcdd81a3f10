package bicep

import (
	"fmt"
	"os"
	"strings"
)

// Parse reads a Bicep file.
func Parse(path string) (f *File, err error) {
	body, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}

	p := &parser{path: path, text: string(body)}
	defer func() {
		if fault, ok := recover().(parseError); ok {
			f, err = nil, fault
		}
	}()

	return p.file(), nil
}

type parseError string

// Error implements error.
func (e parseError) Error() string { return string(e) }

type parser struct {
	path, text string
	at         int
	depth      int // of parentheses, within which a line break is a blank
}

func (p *parser) fail(format string, args ...any) {
	line := strings.Count(p.text[:p.at], "\n") + 1
	panic(parseError(fmt.Sprintf("%s:%d: %s", p.path, line, fmt.Sprintf(format, args...))))
}

func (p *parser) file() *File {
	f := &File{Path: p.path, Scope: "resourceGroup"}
	var decorators []Decorator
	for p.lines(); p.at < len(p.text); p.lines() {
		if p.take("@") {
			decorators = append(decorators, p.decorator())
			continue
		}

		switch word := p.word(); word {
		case "targetScope":
			p.want("=")
			f.Scope, _ = p.textLiteral().Literal()
		case "param":
			f.Params = append(f.Params, p.param(decorators))
		case "var":
			name := p.word()
			p.want("=")
			f.Vars = append(f.Vars, Var{Name: name, Value: p.expr()})
		case "resource", "module":
			f.Resources = append(f.Resources, p.resource(word == "module"))
		case "output":
			o := Output{Name: p.word(), Type: p.word()}
			p.want("=")
			o.Value = p.expr()
			f.Outputs = append(f.Outputs, o)
		default:
			p.fail("%q is not known here", word)
		}
		decorators = nil
	}

	return f
}

func (p *parser) decorator() Decorator {
	d := Decorator{Name: p.word()}
	p.want("(")
	p.depth++
	if p.blanks(); p.peek() != ')' {
		d.Arg = p.expr()
	}
	p.blanks()
	p.depth--
	p.want(")")
	return d
}

func (p *parser) param(decorators []Decorator) Param {
	out := Param{Name: p.word(), Type: p.word(), Decorators: decorators}
	if p.take("=") {
		out.Default = p.expr()
	}
	return out
}

func (p *parser) resource(module bool) Resource {
	r := Resource{Symbol: p.word()}
	what, ok := p.textLiteral().Literal()
	if !ok {
		p.fail("a type or path with parts to fill in")
	}
	if module {
		r.Module = what
	} else {
		r.Type, r.Version, _ = strings.Cut(what, "@")
		r.Existing = p.takeWord("existing")
	}
	p.want("=")

	switch {
	case p.takeWord("if"):
		p.want("(")
		r.If = p.expr()
		p.want(")")
		r.Body, ok = p.expr().(Object)
	case p.peekAfterBlanks() == '[':
		loop, isLoop := p.expr().(For)
		if !isLoop {
			p.fail("%s is an array", r.Symbol)
		}
		r.Loop = &loop
		r.Body, ok = loop.Body.(Object)
	default:
		r.Body, ok = p.expr().(Object)
	}
	if !ok {
		p.fail("the body of %s is no object", r.Symbol)
	}

	return r
}

// blanks skips blanks and, within parentheses, line breaks and comments.
func (p *parser) blanks() {
	for p.at < len(p.text) {
		switch c := p.text[p.at]; {
		case c == ' ' || c == '\t' || c == '\r' || (c == '\n' && p.depth > 0):
			p.at++
		case strings.HasPrefix(p.text[p.at:], "//"):
			p.at += strings.IndexByte(p.text[p.at:]+"\n", '\n')
		default:
			return
		}
	}
}

// lines skips blanks, line breaks and comments.
func (p *parser) lines() {
	p.depth++
	p.blanks()
	p.depth--
}

func (p *parser) peek() byte {
	if p.at >= len(p.text) {
		return 0
	}
	return p.text[p.at]
}

func (p *parser) peekAfterBlanks() byte {
	p.blanks()
	return p.peek()
}

func (p *parser) take(sign string) bool {
	p.blanks()
	if !strings.HasPrefix(p.text[p.at:], sign) {
		return false
	}
	p.at += len(sign)
	return true
}

func (p *parser) want(sign string) {
	if !p.take(sign) {
		p.fail("want %q", sign)
	}
}

func isLetter(c byte) bool {
	return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func (p *parser) word() string {
	p.blanks()
	begin := p.at
	for p.at < len(p.text) && (isLetter(p.text[p.at]) || (p.at > begin && isDigit(p.text[p.at]))) {
		p.at++
	}
	if p.at == begin {
		p.fail("want a name")
	}
	return p.text[begin:p.at]
}

// takeWord takes a word where it stands here as a whole.
func (p *parser) takeWord(word string) bool {
	p.blanks()
	begin := p.at
	if isLetter(p.peek()) && p.word() == word {
		return true
	}
	p.at = begin
	return false
}
