package archive

import "encoding/binary"

// Offsets in a block id. The first bytes are the writer's id. The number of the block
// follows, and for resumable blobs the state of the hash after the block.
const (
	idNumber = 16
	idState  = 24
	idEnd    = 56
)

func putNumber(id *BlockID, number int) {
	binary.BigEndian.PutUint64(id[idNumber:idState], uint64(number))
}

func numberOf(id BlockID) uint64 { return binary.BigEndian.Uint64(id[idNumber:idState]) }
