package fakeml

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// signedUntil is the expiry of every signed link. It is fixed, so that a
// document with a link is the same at any time.
const signedUntil = "2100-01-01T00:00:00Z"

func contentRoutes() []route {
	return []route{{endpoint: "content", plane: planeContent, pattern: "/_content/{workspace}/{project}/{run}/{artifact...}"}}
}

// contentURI returns the signed path and query of an artifact's bytes, in the
// form of a shared access signature of Azure Storage.
func (a *Account) contentURI(at place) string {
	var path strings.Builder
	path.WriteString("/_content")
	for _, segment := range []string{a.WorkspaceName(at.ws), a.ProjectName(at.project), a.RunID(at.ws, at.project, at.run)} {
		path.WriteString("/" + url.PathEscape(segment))
	}
	path.WriteString("/" + escapePath(a.ArtifactPath(at.artifact)))
	return path.String() + a.signed(at)
}

// signed is the query that signs a link.
func (a *Account) signed(at place) string {
	return "?sv=2017-04-17&sr=b&sig=" + url.QueryEscape(a.signature(at)) + "&se=" + url.QueryEscape(signedUntil) + "&sp=r"
}

// contentOf is contentURI for what a row links to.
func (a *Account) contentOf(row *route, at place) string {
	if !row.second {
		return a.contentURI(at)
	}
	return a.fill(mlContentPath, at) + a.signed(at)
}

// escapePath escapes each segment and keeps the slashes.
func escapePath(path string) string {
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		segments[i] = url.PathEscape(segment)
	}
	return strings.Join(segments, "/")
}

func (a *Account) signature(at place) string {
	sum := sha256.Sum256(fmt.Append(nil, a.Seed, at, signedUntil))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// serveContent answers with an artifact's bytes as Azure Storage does: a strong
// ETag, ranges, conditions, and no bearer token beside the signature.
func (s *Server) serveContent(c *call) {
	query := c.r.URL.Query()
	signed := subtle.ConstantTimeCompare([]byte(query.Get("sig")), []byte(s.account.signature(c.at))) == 1
	switch {
	case len(c.r.Header.Values("Authorization")) > 0:
		c.fail(problem{http.StatusBadRequest, "InvalidAuthenticationInfo", "A shared access signature and an Authorization header exclude each other."})
		return
	case !s.finds(c):
		c.fail(problem{http.StatusNotFound, "BlobNotFound", "The specified blob does not exist."})
		return
	case !signed || query.Get("se") != signedUntil:
		c.fail(problem{http.StatusForbidden, "AuthenticationFailed", "Server failed to authenticate the request."})
		return
	case c.effect.Body != "":
		c.send(http.StatusOK, []byte(c.effect.Body))
		return
	}

	header := c.w.Header()
	header.Set("Content-Type", "application/octet-stream")
	header.Set("ETag", s.account.etag(c.at))
	body := newContent(&s.account, c.at)
	if c.effect.Gzip {
		// A compressed answer is another representation, made on the way: it
		// has no strong ETag, no length and no ranges.
		header.Set("ETag", "W/"+s.account.etag(c.at))
		c.w.compress(body)
		return
	}

	http.ServeContent(c.w, c.r, "", time.Time{}, body)
}

// etag is strong and names the artifact's bytes.
func (a *Account) etag(at place) string {
	return fmt.Sprintf(`"0x%016X"`, a.number(append(at.parts(ofETag), uint64(a.artifactSize(at)))...))
}

// artifactSize is in bytes.
func (a *Account) artifactSize(at place) int64 {
	if a.ArtifactSize != nil && (at.ml != 0 || at.item != 0 || at.second()) {
		return a.ArtifactSize(at.ml, at.item, at.entry, at.part)
	}
	if a.ArtifactSize != nil {
		return a.ArtifactSize(at.ws, at.project, at.run, at.artifact)
	}
	n := a.number(at.parts(ofSize)...)
	if n%13 == 0 {
		return 0
	}
	return int64(n % 4096)
}

// newContent reads an artifact's bytes, which are made where they are read.
func newContent(a *Account, at place) *io.SectionReader {
	return io.NewSectionReader(words(a.number(at.parts(ofContent)...)), 0, a.artifactSize(at))
}

// words is an endless sequence of bytes: word i is the number of i.
type words uint64

// ReadAt implements io.ReaderAt; it never ends.
func (w words) ReadAt(p []byte, offset int64) (int, error) {
	var word [8]byte
	for n := 0; n < len(p); {
		at := offset + int64(n)
		binary.LittleEndian.PutUint64(word[:], scatter(uint64(w)+uint64(at/8)))
		n += copy(p[n:], word[at%8:])
	}
	return len(p), nil
}
