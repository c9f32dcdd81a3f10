package customhandler

// Reported marks an error that its function has logged, with more than the
// server knows: the server answers 500 as for any error, and logs nothing more.
func Reported(err error) error { return reported{err} }

type reported struct{ error }

// Unwrap returns the error that was logged.
func (r reported) Unwrap() error { return r.error }
