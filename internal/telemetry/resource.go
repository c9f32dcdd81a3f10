package telemetry

// Resource identifies what records: the app in one process.
type Resource struct {
	Version    string // of the program
	Attributes []Attr
}

// get returns the value of an attribute, "" for none.
func (r Resource) get(key string) string {
	for _, a := range r.Attributes {
		if a.Key == key {
			return a.Value
		}
	}
	return ""
}

// set sets an attribute, in place of one of that name.
func (r *Resource) set(key, value string) {
	for i := range r.Attributes {
		if r.Attributes[i].Key == key {
			r.Attributes[i].Value = value
			return
		}
	}
	r.Attributes = append(r.Attributes, Attr{key, value})
}
