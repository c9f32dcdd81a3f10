package dsr

import (
	"fmt"
	"strings"
)

// Cost is what work has asked of the services that Azure bills. Tries that are made
// again are counted each.
type Cost struct {
	UpstreamCalls int64 `json:"upstreamCalls"` // to Azure ML, and by signed links
	BytesRead     int64 `json:"bytesRead"`     // from these
	StorageWrites int64 `json:"storageWrites"` // blobs and blocks that were put, and committed
	StorageReads  int64 `json:"storageReads"`  // blobs that were read or looked at
	StorageLists  int64 `json:"storageLists"`  // pages of listings
	BytesWritten  int64 `json:"bytesWritten"`  // to storage
	Messages      int64 `json:"messages"`      // operations of Service Bus: sent, received and settled
	Invocations   int64 `json:"invocations"`   // of the function
	Milliseconds  int64 `json:"milliseconds"`  // that these took
}

// Plus returns the sum of two costs.
func (c Cost) Plus(o Cost) Cost {
	return Cost{
		UpstreamCalls: c.UpstreamCalls + o.UpstreamCalls,
		BytesRead:     c.BytesRead + o.BytesRead,
		StorageWrites: c.StorageWrites + o.StorageWrites,
		StorageReads:  c.StorageReads + o.StorageReads,
		StorageLists:  c.StorageLists + o.StorageLists,
		BytesWritten:  c.BytesWritten + o.BytesWritten,
		Messages:      c.Messages + o.Messages,
		Invocations:   c.Invocations + o.Invocations,
		Milliseconds:  c.Milliseconds + o.Milliseconds,
	}
}

// numbers are the counts in the order of their fields.
func (c Cost) numbers() []int64 {
	return []int64{
		c.UpstreamCalls, c.BytesRead, c.StorageWrites, c.StorageReads, c.StorageLists,
		c.BytesWritten, c.Messages, c.Invocations, c.Milliseconds,
	}
}

// packCost writes a cost as its numbers, with commas between.
func packCost(c Cost) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(c.numbers()), " ", ","), "[]")
}

func unpackCost(text string) (Cost, bool) {
	n, ok := unpackNumbers(text, len(Cost{}.numbers()))
	if !ok {
		return Cost{}, false
	}
	return Cost{
		UpstreamCalls: n[0],
		BytesRead:     n[1],
		StorageWrites: n[2],
		StorageReads:  n[3],
		StorageLists:  n[4],
		BytesWritten:  n[5],
		Messages:      n[6],
		Invocations:   n[7],
		Milliseconds:  n[8],
	}, true
}
