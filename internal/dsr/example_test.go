package dsr_test

import (
	"fmt"
	"time"

	"azureml-dsr/internal/dsr"
)

// A blob's name never leaves the folder it belongs to.
func ExampleEncodeSegment() {
	for _, id := range []string{"run-17", "a b/c", ".."} {
		fmt.Println(dsr.EncodeSegment(id))
	}
	// Output:
	// run-17
	// a%20b%2Fc
	// ..~5ec1f7e700f37c3d
}

// A month is one of the calendar: 30 days can be too late, and too early.
func ExampleDue() {
	fmt.Println(dsr.Due(time.Date(2027, time.January, 31, 9, 0, 0, 0, time.UTC)).Format(time.DateOnly))
	// Output: 2027-02-28
}

// A resend has another message id than the first send, so duplicate detection lets it
// pass.
func ExampleTask_MessageID() {
	t := dsr.Task{
		RequestID: "r",
		Attempt:   1,
		Node:      "00001",
		Pass:      1,
		Page:      1,
		Type:      "runs",
	}
	again := t
	again.Hop = 1
	fmt.Println(t.ID() == again.ID(), t.MessageID() == again.MessageID())
	// Output: true false
}
