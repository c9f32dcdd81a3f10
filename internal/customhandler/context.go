package customhandler

import "context"

type invocationIDKey struct{}

// InvocationID returns the id of the invocation that a context belongs to, for logs.
// Outside of an invocation it returns "".
func InvocationID(ctx context.Context) string {
	id, _ := ctx.Value(invocationIDKey{}).(string)
	return id
}

func withInvocationID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, invocationIDKey{}, id)
}
