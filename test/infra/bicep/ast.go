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

// Kinds of expressions. A Text has literal parts as strings, and others as nodes.
type (
	Text   struct{ Parts []Node }
	Int    int64
	Bool   bool
	Null   struct{}
	Name   string
	Array  []Node
	Object []Property
	Member struct {
		Of   Node
		Name string
		Safe bool // .?
	}
	Index struct{ Of, At Node }
	Call  struct {
		Name string
		Args []Node
	}
	Unary  struct{ Of Node } // !x
	Binary struct {
		Op          string
		Left, Right Node
	}
	Cond   struct{ If, Then, Else Node }
	Lambda struct {
		Param string
		Body  Node
	}
	For struct {
		Item, Counter string // Counter may be ""
		In            Node
		Body          Node
	}
	Property struct {
		Key   Text
		Value Node
	}
)

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
