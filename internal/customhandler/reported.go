package customhandler

// Reported marks an error that the function has already logged, with details that the
// server lacks. The server answers 500 as for any error and does not log it again.
func Reported(err error) error { return reported{err} }

type reported struct{ error }

// Unwrap returns the error that was logged.
func (r reported) Unwrap() error { return r.error }
