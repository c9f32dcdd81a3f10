package archive

import "encoding/binary"

// Places in a block id: whose it is, its number, and for resumable blobs the
// state of the hash behind it.
const (
	idNumber = 16
	idState  = 24
	idEnd    = 56
)

func putNumber(id *BlockID, number int) {
	binary.BigEndian.PutUint64(id[idNumber:idState], uint64(number))
}

func numberOf(id BlockID) uint64 { return binary.BigEndian.Uint64(id[idNumber:idState]) }
