package bicep

import (
	"strconv"
	"strings"
)

// operators are those with two sides, the weakest first.
var operators = [][]string{{"??"}, {"||"}, {"&&"}, {"==", "!="}, {"<=", ">=", "<", ">"}, {"+", "-"}}

func (p *parser) expr() Node {
	if lambda, ok := p.lambda(); ok {
		return lambda
	}

	test := p.binary(0)
	if p.blanks(); p.peek() != '?' {
		return test
	}
	p.want("?")
	then := p.expr()
	p.want(":")

	return Cond{If: test, Then: then, Else: p.expr()}
}

func (p *parser) lambda() (Lambda, bool) {
	p.blanks()
	begin := p.at
	if isLetter(p.peek()) {
		if param := p.word(); p.take("=>") {
			return Lambda{Param: param, Body: p.expr()}, true
		}
	}
	p.at = begin
	return Lambda{}, false
}

func (p *parser) binary(level int) Node {
	if level == len(operators) {
		return p.unary()
	}

	left := p.binary(level + 1)
	for {
		op := p.operator(operators[level])
		if op == "" {
			return left
		}
		left = Binary{Op: op, Left: left, Right: p.binary(level + 1)}
	}
}

func (p *parser) operator(of []string) string {
	for _, op := range of {
		if p.take(op) {
			return op
		}
	}
	return ""
}

func (p *parser) unary() Node {
	if p.take("!") {
		return Unary{Of: p.unary()}
	}

	n := p.primary()
	for {
		switch {
		case p.peek() == '.':
			p.at++
			safe := p.peek() == '?'
			if safe {
				p.at++
			}
			n = Member{Of: n, Name: p.word(), Safe: safe}
		case p.peek() == '[':
			p.at++
			n = Index{Of: n, At: p.inside(p.expr)}
			p.want("]")
		default:
			return n
		}
	}
}

// inside parses what stands in parentheses, where line breaks are blanks.
func (p *parser) inside(parse func() Node) Node {
	p.depth++
	n := parse()
	p.blanks()
	p.depth--
	return n
}

func (p *parser) primary() Node {
	p.blanks()
	switch c := p.peek(); {
	case c == '\'':
		return p.textLiteral()
	case c == '{':
		return p.object()
	case c == '[':
		return p.array()
	case c == '(':
		p.at++
		n := p.inside(p.expr)
		p.want(")")
		return n
	case isDigit(c):
		return p.number()
	case isLetter(c):
		return p.named()
	default:
		p.fail("want an expression")
		return nil
	}
}

func (p *parser) number() Node {
	begin := p.at
	for isDigit(p.peek()) {
		p.at++
	}
	n, err := strconv.ParseInt(p.text[begin:p.at], 10, 64)
	if err != nil {
		p.fail("%v", err)
	}
	return Int(n)
}

func (p *parser) named() Node {
	switch word := p.word(); {
	case word == "true", word == "false":
		return Bool(word == "true")
	case word == "null":
		return Null{}
	case p.peek() == '(':
		return Call{Name: word, Args: p.args()}
	default:
		return Name(word)
	}
}

func (p *parser) args() (args []Node) {
	p.want("(")
	p.depth++
	for p.blanks(); p.peek() != ')'; p.blanks() {
		args = append(args, p.expr())
		if !p.take(",") && p.peekAfterBlanks() != ')' {
			p.fail("want , or )")
		}
	}
	p.depth--
	p.want(")")
	return args
}

// textLiteral parses a string, with its parts to fill in.
func (p *parser) textLiteral() Text {
	p.want("'")
	var t Text
	var literal strings.Builder
	flush := func() {
		if literal.Len() > 0 {
			t.Parts = append(t.Parts, literal.String())
			literal.Reset()
		}
	}

	for p.peek() != '\'' {
		switch rest := p.text[p.at:]; {
		case rest == "" || rest[0] == '\n':
			p.fail("a string that does not end")
		case strings.HasPrefix(rest, "${"):
			flush()
			p.at += 2
			t.Parts = append(t.Parts, p.inside(p.expr))
			p.want("}")
		case rest[0] == '\\' && len(rest) > 1 && strings.ContainsRune(`'\$`, rune(rest[1])):
			literal.WriteByte(rest[1])
			p.at += 2
		case rest[0] == '\\':
			p.fail("an escape that is not known")
		default:
			literal.WriteByte(rest[0])
			p.at++
		}
	}

	p.at++
	flush()

	return t
}

func (p *parser) object() Object {
	p.want("{")
	outer := p.depth
	p.depth = 0
	out := Object{}
	for p.lines(); p.peek() != '}'; p.lines() {
		key := Text{}
		if p.peek() == '\'' {
			key = p.textLiteral()
		} else {
			key.Parts = []Node{p.word()}
		}
		p.want(":")
		out = append(out, Property{Key: key, Value: p.expr()})
		p.take(",")
	}
	p.at++
	p.depth = outer
	return out
}

func (p *parser) array() Node {
	p.want("[")
	outer := p.depth
	p.depth = 0
	defer func() { p.depth = outer }()

	if p.lines(); p.takeWord("for") {
		return p.loop()
	}

	out := Array{}
	for p.lines(); p.peek() != ']'; p.lines() {
		out = append(out, p.expr())
		p.take(",")
	}
	p.at++

	return out
}

func (p *parser) loop() For {
	var f For
	if p.take("(") {
		f.Item = p.word()
		p.want(",")
		f.Counter = p.word()
		p.want(")")
	} else {
		f.Item = p.word()
	}

	if !p.takeWord("in") {
		p.fail("want in")
	}
	f.In = p.expr()
	p.want(":")
	f.Body = p.expr()
	p.lines()
	p.want("]")

	return f
}
