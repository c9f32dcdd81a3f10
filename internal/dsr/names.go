package dsr

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Queues, as deploy/servicebus.config.json declares them.
const (
	QueueRequests = "dsr-requests"
	QueueExports  = "dsr-exports"
	QueueDeletes  = "dsr-deletes"
	QueueClosings = "dsr-closings"
	// QueueApprovals has a send right of its own: whoever approves must be another
	// person than whoever asks.
	QueueApprovals = "dsr-approvals"
	// QueueCallbacks has what receivers are to hear of requests.
	QueueCallbacks = "dsr-callbacks"
	// QueueCopies has which copies are to be made for a person.
	QueueCopies = "dsr-copies"
)

// QueueOf returns the queue of a task.
func QueueOf(t Task) string {
	if waits(t.Type) {
		return QueueDeletes
	}
	return QueueExports
}

// Roots of the index container. What is below them is no evidence.
const (
	OpenPrefix    = "_open/"
	ExpiresPrefix = "_expires/"
	PoisonPrefix  = "_poison/"
)

// DisposalsPrefix is the root, in the audit container, of the records of what operators
// did with dead letters.
const DisposalsPrefix = "_disposals/"

const (
	maxSegment     = 100  // bytes of an encoded path segment before it is shortened
	keptSegment    = 60   // bytes kept of a shortened one
	maxArtifact    = 900  // bytes of an encoded artifact path before its hash stands for it
	maxArtifactDir = 50   // segments, likewise
	maxBlobName    = 1024 // bytes of a blob's name, all of it ASCII
)

// EncodeSegment returns a text as one safe segment of a blob name. It percent-encodes
// all but [A-Za-z0-9._-]. A text that is empty, ends in a dot or is too long is shortened
// and gets its hash as a suffix.
func EncodeSegment(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; isPlain(c) {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}

	enc := b.String()
	if enc != "" && enc != "." && enc != ".." && !strings.HasSuffix(enc, ".") && len(enc) <= maxSegment {
		return enc
	}

	return cutEncoded(enc, keptSegment) + "~" + hex16(s)
}

// cutEncoded keeps at most n bytes and never half of a %XX.
func cutEncoded(enc string, n int) string {
	if len(enc) <= n {
		return enc
	}
	for i := n - 2; i < n; i++ {
		if enc[i] == '%' {
			return enc[:i]
		}
	}
	return enc[:n]
}

func isPlain(c byte) bool {
	return ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z') || ('0' <= c && c <= '9') || c == '.' || c == '_' || c == '-'
}

// EncodeArtifactPath returns an artifact's path as safe segments of a blob name. A hash
// stands for a path that is too long or too deep.
func EncodeArtifactPath(path string) string {
	segments := strings.Split(path, "/")
	for i, s := range segments {
		segments[i] = EncodeSegment(s)
	}
	enc := strings.Join(segments, "/")
	if len(enc) > maxArtifact || len(segments) > maxArtifactDir {
		return hashedPath(path)
	}
	return enc
}

func hashedPath(path string) string {
	sum := sha256.Sum256([]byte(path))
	return "~/" + hex.EncodeToString(sum[:])
}

func hex16(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:8])
}

// MaxNode is the last number that a plan's node may have.
const MaxNode = 99_999

// NodeName returns a plan node's name in tasks and blobs: five digits.
func NodeName(n int) string { return fmt.Sprintf("%05d", n) }

// SubNode returns the name of the sub-node that an item of the task's chunk becomes when
// its own list is long. The name is that of the item's place, so sub-nodes sort in the
// order in which receipts name them. types are the node's own type and its followers.
func (t Task) SubNode(types []string, index int) string {
	typ := slices.Index(SortTypes(types), t.Type)
	return fmt.Sprintf("%s~%d%06d%05d%x%03x", t.Node, t.Pass, t.Page, t.Chunk, typ, index)
}

// Limits that keep a sub-node's name in 16 hex digits.
const (
	// MaxTypes is the most types that may share a node's pages.
	MaxTypes = 16
	// MaxChunkItems is the most items that a chunk may have.
	MaxChunkItems = 400
)

// ParseSubNode returns the place that a sub-node's id names: that of the task whose
// receipt names it, and the item's index in the chunk. ok is false for an id that is a
// hash, as in attempts that a version before 1.0 planned.
func ParseSubNode(id string) (at Position, index int, ok bool) {
	var typ int
	n, err := fmt.Sscanf(id, "%1d%6d%5d%1x%3x", &at.Pass, &at.Page, &at.Chunk, &typ, &index)
	ok = err == nil && n == 5 && len(id) == subNodeDigits &&
		id == fmt.Sprintf("%d%06d%05d%x%03x", at.Pass, at.Page, at.Chunk, typ, index) &&
		at.Pass >= 1 && at.Pass <= MaxPass && at.Page >= 1 && index < MaxChunkItems
	return at, index, ok
}

// subNodeDigits is the length of a sub-node's id.
const subNodeDigits = 16

// SortTypes returns the types of a node in the order of their receipts' names.
func SortTypes(types []string) []string {
	return slices.SortedFunc(slices.Values(types), compareType)
}

// compareType orders types as a listing orders names that end in them and ".json".
func compareType(a, b string) int { return strings.Compare(a+".json", b+".json") }

// SubNodeName returns the name of a sub-node as versions before 1.0 made it, by a hash.
func SubNodeName(node, typ, item string) string {
	return node + "~" + hex16(node, typ, item)
}

// SplitNode splits the name of a node into its number in the plan and its sub-node id, ""
// for none.
func SplitNode(name string) (n int, sub string, err error) {
	plain, sub, isSub := strings.Cut(name, "~")
	if isSub && !isHex16(sub) {
		return 0, "", fmt.Errorf("node %q: a sub-node is 16 hex digits after the ~", name)
	}
	if len(plain) != 5 {
		return 0, "", fmt.Errorf("node %q: want five digits", name)
	}
	u, err := strconv.ParseUint(plain, 10, 31)
	if err != nil || u == 0 {
		return 0, "", fmt.Errorf("node %q: want five digits from 00001", name)
	}
	return int(u), sub, nil
}

func isHex16(s string) bool {
	if len(s) != 16 {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// Attempt names one attempt of a request. Its methods return the names, in all
// containers, of what belongs to it.
type Attempt struct {
	RequestID string
	Number    int
}

// Prefix is the prefix of the attempt's blobs. Names inside records are relative to it.
func (a Attempt) Prefix() string { return a.RequestID + "/" + strconv.Itoa(a.Number) + "/" }

// Plan names the record of what the attempt will do.
func (a Attempt) Plan() string { return a.Prefix() + "plan.json" }

// Cancel names the blob whose existence stops an export.
func (a Attempt) Cancel() string { return a.Prefix() + "cancel.json" }

// Manifest names the record that closes the attempt.
func (a Attempt) Manifest() string { return a.Prefix() + "manifest.json" }

// Signature names the signature over the manifest's bytes.
func (a Attempt) Signature() string { return a.Prefix() + "manifest.sig" }

// ManifestPart names part n, from 1, of the manifest by its content's SHA-256 in hex.
func (a Attempt) ManifestPart(n int, sum string) string {
	return fmt.Sprintf("%smanifest/part-%05d-%s.json", a.Prefix(), n, sum[:16])
}

// Pages is the prefix of all page records.
func (a Attempt) Pages() string { return a.Prefix() + "pages/" }

// Receipts is the prefix of all receipts.
func (a Attempt) Receipts() string { return a.Prefix() + "receipts/" }

// Open names the index blob of an attempt that is not closed.
func (a Attempt) Open() string { return OpenPrefix + a.RequestID + "~" + strconv.Itoa(a.Number) }

// Expires names the index blob that says when the attempt's documents may go.
func (a Attempt) Expires(day time.Time) string {
	return ExpiresPrefix + day.UTC().Format(time.DateOnly) + "~" + a.RequestID + "~" + strconv.Itoa(a.Number)
}

// ParseOpen reads the attempt back from an index blob's name.
func ParseOpen(name string) (Attempt, error) {
	rest, ok := strings.CutPrefix(name, OpenPrefix)
	id, number, found := strings.Cut(rest, "~")
	n, err := strconv.Atoi(number)
	if !ok || !found || err != nil || n < 1 || !ValidID(id) {
		return Attempt{}, fmt.Errorf("%q is not the name of an open attempt", name)
	}
	return Attempt{RequestID: id, Number: n}, nil
}

// RequestBlob names a request's audit record.
func RequestBlob(id string) string { return id + "/request.json" }

// SubjectBlob names the record, in the exports container, of whom a request is about.
func SubjectBlob(id string) string { return id + "/subject.json" }
