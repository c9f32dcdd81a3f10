package main

import (
	"bytes"
	"fmt"
	"html"
	"time"
	"unicode/utf8"
)

const (
	columns, rows = 100, 22
	// charWidth, rowHeight and margin are in pixels.
	charWidth, rowHeight, margin = 7.8, 18, 12
	// shortestGap and longestGap bound the time between two lines, so that each can be seen
	// and no pause is boring.
	shortestGap, longestGap = 40 * time.Millisecond, 800 * time.Millisecond
)

// picture returns lines as an SVG in which they appear one after another, and scroll where
// they don't fit. Who wants no motion sees the first ones.
func picture(lines []line) []byte {
	times := paced(lines)
	total := times[len(times)-1]
	width, height := columns*charWidth+2*margin, rows*rowHeight+2*margin

	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %d" role="img" aria-label="%s">`+"\n",
		width, height, html.EscapeString(clipped(lines[0].text)))
	fmt.Fprintf(&b, "<style>\nrect{fill:#14191f}text{font:13px ui-monospace,Menlo,Consolas,monospace;fill:#d7dde4;white-space:pre}\n"+
		"@media (prefers-reduced-motion:no-preference){text{animation:appear 1ms both}#page{animation:scroll %dms step-end both}}\n"+
		"@keyframes appear{from{visibility:hidden}}\n@keyframes scroll{%s}\n</style>\n", total.Milliseconds(), scrolling(times))

	fmt.Fprintf(&b, `<clipPath id="screen"><rect width="%.0f" height="%d" y="%d"/></clipPath>`+"\n", width, rows*rowHeight, margin)
	fmt.Fprintf(&b, `<rect width="%.0f" height="%d" rx="6"/><g clip-path="url(#screen)"><g id="page">`+"\n", width, height)
	for i, l := range lines {
		fmt.Fprintf(&b, `<text x="%d" y="%d" style="animation-delay:%dms">%s</text>`+"\n",
			margin, margin+(i+1)*rowHeight-5, times[i].Milliseconds(), html.EscapeString(clipped(l.text)))
	}
	b.WriteString("</g></g></svg>\n")

	return b.Bytes()
}

// paced returns when each line appears.
func paced(lines []line) []time.Duration {
	times := make([]time.Duration, len(lines))
	for i := 1; i < len(lines); i++ {
		gap := lines[i].at - lines[i-1].at
		times[i] = times[i-1] + min(max(gap, shortestGap), longestGap)
	}
	return times
}

// scrolling returns the keyframes that keep the last line on the screen.
func scrolling(times []time.Duration) string {
	var b bytes.Buffer
	total := times[len(times)-1]
	for i := rows; i < len(times); i++ {
		fmt.Fprintf(&b, "%.2f%%{transform:translateY(%dpx)}", 100*float64(times[i])/float64(total), -(i-rows+1)*rowHeight)
	}
	return b.String()
}

// clipped returns a text that fits into a row.
func clipped(text string) string {
	if utf8.RuneCountInString(text) <= columns {
		return text
	}
	return string([]rune(text)[:columns-1]) + "…"
}
