// Package bicep compiles the part of the Bicep language that infra/ uses to the template
// that Azure Resource Manager takes, as Microsoft's compiler does. It refuses what it does
// not know. It is for the tests: what is deployed is compiled by Microsoft's own.
package bicep

// File is a parsed Bicep file.
type File struct {
	Path      string
	Scope     string // resourceGroup or subscription
	Params    []Param
	Vars      []Var
	Resources []Resource
	Outputs   []Output
}

// Param is a parameter with its decorators.
type Param struct {
	Name, Type string
	Default    Node // nil: none
	Decorators []Decorator
}

// Decorator is what stands before a parameter, such as @minValue(1).
type Decorator struct {
	Name string
	Arg  Node
}

// Var is a variable.
type Var struct {
	Name  string
	Value Node
}

// Resource is a resource or, with a Module, a module.
type Resource struct {
	Symbol        string
	Type, Version string
	Module        string // its path
	Existing      bool
	If            Node // nil: always
	Loop          *For // nil: once; its Body is Body
	Body          Object
}

// Output is an output.
type Output struct {
	Name, Type string
	Value      Node
}

// Node is an expression.
type Node any

// Text is a string. Its literal parts are strings, and those to fill in are nodes.
type Text struct{ Parts []Node }

// Int is a number.
type Int int64

// Bool is true or false.
type Bool bool

// Null is null.
type Null struct{}

// Name stands for a parameter, a variable, a resource or a module.
type Name string

// Array is an array.
type Array []Node

// Object is an object, in its order.
type Object []Property

// Property is a member of an object.
type Property struct {
	Key   Text
	Value Node
}

// Member is a member of a value; a Safe one, .?name, may be missing.
type Member struct {
	Of   Node
	Name string
	Safe bool
}

// Index is an element of an array.
type Index struct{ Of, At Node }

// Call is a call of a function.
type Call struct {
	Name string
	Args []Node
}

// Unary is a negation.
type Unary struct{ Of Node }

// Binary is an operator with two sides.
type Binary struct {
	Op          string
	Left, Right Node
}

// Cond is If ? Then : Else.
type Cond struct{ If, Then, Else Node }

// Lambda is a function as an argument.
type Lambda struct {
	Param string
	Body  Node
}

// For is a loop. Its Counter may be "".
type For struct {
	Item, Counter string
	In            Node
	Body          Node
}

// Literal returns the text of a string without parts to fill in.
func (t Text) Literal() (string, bool) {
	if len(t.Parts) == 0 {
		return "", true
	}
	text, ok := t.Parts[0].(string)
	return text, ok && len(t.Parts) == 1
}

// Get returns a property of an object.
func (o Object) Get(key string) (Node, bool) {
	for _, p := range o {
		if text, ok := p.Key.Literal(); ok && text == key {
			return p.Value, true
		}
	}
	return nil, false
}
