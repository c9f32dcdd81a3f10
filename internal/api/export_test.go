package api

// Route is an operation for tests.
type Route struct{ ID, Method, Path, Role string }

// Routes returns all operations.
func Routes() (out []Route) {
	for _, r := range routes() {
		out = append(out, Route{r.id, r.method, r.path, string(r.role)})
	}
	return out
}
