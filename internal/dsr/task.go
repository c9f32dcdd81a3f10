package dsr

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// Task is the unit of work and the body of a message. It has no cursor and no URL: those
// are read from stored records, so a forged message can't name them.
type Task struct {
	SchemaVersion string `json:"schemaVersion"`
	RequestID     string `json:"requestId"`
	Attempt       int    `json:"attempt"`
	Node          string `json:"node"`
	Pass          int    `json:"generation"`
	Page          int    `json:"page"`
	Chunk         int    `json:"chunk"`
	Type          string `json:"type"`
	Hop           int    `json:"hop"`
	// Parent is the place, for a task of a sub-node, of the task whose receipt names the
	// sub-node.
	Parent *Position `json:"parent,omitempty"`
}

// Position is a place in a node's list. With a type it identifies a task of the node.
type Position struct {
	Pass  int `json:"generation"`
	Page  int `json:"page"`
	Chunk int `json:"chunk"`
}

// ID identifies the task, however often it is sent: 32 hex digits.
func (t Task) ID() string {
	sum := sha256.Sum256([]byte(strings.Join([]string{
		t.RequestID, strconv.Itoa(t.Attempt), t.Node, strconv.Itoa(t.Pass),
		strconv.Itoa(t.Page), strconv.Itoa(t.Chunk), t.Type,
	}, "\x00")))
	return hex.EncodeToString(sum[:16])
}

// MessageID is the id of the message of this send. A resend has another number and so
// another id, so that duplicate detection never drops it.
func (t Task) MessageID() string { return t.ID() + "." + strconv.Itoa(t.Hop) }

// Of returns the attempt that the task belongs to.
func (t Task) Of() Attempt { return Attempt{RequestID: t.RequestID, Number: t.Attempt} }

// Position returns the task's place in its node's list.
func (t Task) Position() Position {
	return Position{Pass: t.Pass, Page: t.Page, Chunk: t.Chunk}
}

// ParentTask returns the task whose receipt names the sub-node of this one.
func (t Task) ParentTask() Task {
	p := t
	p.Node, _, _ = strings.Cut(t.Node, "~")
	p.Pass, p.Page, p.Chunk = t.Parent.Pass, t.Parent.Page, t.Parent.Chunk
	p.Parent, p.Hop = nil, 0
	return p
}

// IsSubNode reports whether the task works on an item's own long list.
func (t Task) IsSubNode() bool { return strings.Contains(t.Node, "~") }

// Validate checks the form of a task. Whether the task exists only plan, page record and
// receipt say.
func (t Task) Validate() error {
	_, sub, err := SplitNode(t.Node)
	switch {
	case t.SchemaVersion != SchemaVersion:
		return fmt.Errorf("schemaVersion: want %q", SchemaVersion)
	case !ValidID(t.RequestID):
		return fmt.Errorf("requestId: not the id of a request")
	case t.Attempt < 1:
		return fmt.Errorf("attempt: want 1 or more")
	case err != nil:
		return fmt.Errorf("node: want five digits, for a sub-node followed by ~ and 16 hex digits")
	case t.Pass < 1 || t.Pass > MaxPass:
		return fmt.Errorf("generation: want 1 to %d", MaxPass)
	case t.Page < 1 || t.Page > MaxPage:
		return fmt.Errorf("page: want 1 to %d", MaxPage)
	case t.Chunk < 0 || t.Chunk > MaxChunk:
		return fmt.Errorf("chunk: want 0 to %d", MaxChunk)
	case t.Hop < 0 || t.Hop > MaxHop:
		return fmt.Errorf("hop: want 0 to %d", MaxHop)
	case !validType(t.Type):
		return fmt.Errorf("type: want lower-case letters, digits and hyphens")
	case (sub != "") != (t.Parent != nil):
		return fmt.Errorf("parent: a sub-node has one, another node has none")
	}
	return nil
}

func validType(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return s != "" && len(s) <= 40
}

// PageName is a page record's name below its attempt's pages/ prefix.
func PageName(node string, pass, page int) string {
	return fmt.Sprintf("%s/%d-%06d.json", node, pass, page)
}

// ReceiptName is a receipt's name below its attempt's receipts/ prefix.
func ReceiptName(node string, pass, page, chunk int, typ string) string {
	return fmt.Sprintf("%s/%d-%06d-%05d-%s.json", node, pass, page, chunk, typ)
}

// ReceiptName is the name of the task's receipt below its attempt's receipts/
// prefix. Names sort in the order of tasks.
func (t Task) ReceiptName() string {
	return ReceiptName(t.Node, t.Pass, t.Page, t.Chunk, t.Type)
}

// PageBlob names the record of the page that the task lists or works on.
func (t Task) PageBlob() string { return t.Of().Pages() + PageName(t.Node, t.Pass, t.Page) }

// PagesOfPass is the prefix of the page records of the task's pass.
func (t Task) PagesOfPass() string {
	return fmt.Sprintf("%s%s/%d-", t.Of().Pages(), t.Node, t.Pass)
}

// ReceiptBlob names the task's receipt.
func (t Task) ReceiptBlob() string { return t.Of().Receipts() + t.ReceiptName() }

// HopsPrefix is the prefix of the records of the task's resends.
func (t Task) HopsPrefix() string {
	return t.Of().Prefix() + "hops/" + strings.TrimSuffix(t.ReceiptName(), ".json") + "/"
}

// HopBlob names the record of a resend by its send number, from 1. The first send, 0,
// has none.
func (t Task) HopBlob(number int) string { return fmt.Sprintf("%s%04d.json", t.HopsPrefix(), number) }

// folder is the prefix of the task's documents of a type, in the exports container.
func (t Task) folder(typ string, target Target) string {
	f := t.Of().Prefix() + "data/" + typ + "/" + target.Path() + "/"
	if _, sub, ok := strings.Cut(t.Node, "~"); ok {
		f += "~" + sub + "/"
	}
	return f
}

// PartBlob names the part that the task writes.
func (t Task) PartBlob(target Target) string {
	return fmt.Sprintf("%spart-%d-%06d-%05d.json", t.folder(t.Type, target), t.Pass, t.Page, t.Chunk)
}

// AnswerBlob names the part that keeps a list's answer.
func (t Task) AnswerBlob(target Target) string {
	return fmt.Sprintf("%spage-%d-%06d.json", t.folder(t.Type, target), t.Pass, t.Page)
}

// MaxStretch is the last number that a stretch may have.
const MaxStretch = 9_999

// StretchBlob names stretch n, from 1, of a part or an answer: what one invocation read of
// it that was too short for the whole.
func StretchBlob(of string, n int) string { return fmt.Sprintf("%s%04d.json", StretchPrefix(of), n) }

// StretchPrefix is the prefix of the stretches of a part or an answer.
func StretchPrefix(of string) string { return strings.TrimSuffix(of, ".json") + "~" }

// StretchOf returns the name of the part or answer that a blob is a stretch of, and the
// stretch's number. ok is false where the blob's name is not a stretch's.
func StretchOf(name string) (of string, n int, ok bool) {
	of, number, found := strings.Cut(strings.TrimSuffix(name[strings.LastIndexByte(name, '/')+1:], ".json"), "~")
	of = name[:strings.LastIndexByte(name, '/')+1] + of + ".json"
	n, err := strconv.Atoi(number)
	if !found || err != nil || n < 1 || n > MaxStretch || StretchBlob(of, n) != name {
		return "", 0, false
	}
	return of, n, true
}

// ArtifactBlob names the blob of an artifact's bytes. Where the whole name would be
// too long, a hash stands for the path.
func (t Task) ArtifactBlob(target Target, run, path string) string {
	folder := t.Of().Prefix() + "data/artifacts/" + target.Path() + "/content/" + EncodeSegment(run) + "/"
	if name := folder + EncodeArtifactPath(path); len(name) <= maxBlobName {
		return name
	}
	return folder + hashedPath(path)
}
