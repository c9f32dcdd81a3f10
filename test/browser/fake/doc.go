// Package fake answers as the API does, with requests that a test has made up. Its bodies
// are of the API's own types where these are exported, so that they have the true shape.
package fake
