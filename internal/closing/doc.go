// Package closing looks after attempts from their first task to their end. A check, asked
// for by a wake-up, surveys what is done, sends again what is lost, moves deletions on
// stage by stage, and closes an attempt with its manifest when all is complete. The watch
// wakes open attempts, parks what no function can take, and removes what has expired.
package closing
