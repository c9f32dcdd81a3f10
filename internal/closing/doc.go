// Package closing looks after attempts from their first task to their end. A wake-up
// asks for a check. The check surveys what is done, sends lost tasks again, advances
// deletions stage by stage, and closes a complete attempt with its manifest. The watch
// wakes open attempts, parks messages that no function can take, and removes documents
// whose retention is over.
package closing
