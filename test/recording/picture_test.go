package main

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestThePictureHasEachLineInItsOrder(t *testing.T) {
	lines := []line{{0, "$ dsr demo"}, {2 * time.Second, `<script> & "quotes"`}, {2 * time.Second, strings.Repeat("ü", 200)}}
	texts, delays := readPicture(t, picture(lines))
	want := []string{"$ dsr demo", `<script> & "quotes"`, strings.Repeat("ü", columns-1) + "…"}
	if !slices.Equal(texts, want) {
		t.Errorf("got %q", texts)
	}
	if want := []string{"0ms", "800ms", "840ms"}; !slices.Equal(delays, want) {
		t.Errorf("the lines appear after %v, want %v", delays, want)
	}
}

func TestTheScreenScrollsToTheLastLine(t *testing.T) {
	var lines []line
	for i := range rows + 3 {
		lines = append(lines, line{time.Duration(i) * time.Second, fmt.Sprint(i)})
	}
	got := string(picture(lines))
	if want := fmt.Sprintf("100.00%%{transform:translateY(%dpx)}", -3*rowHeight); !strings.Contains(got, want) {
		t.Errorf("the picture lacks %s:\n%.600s", want, got)
	}
	if strings.Contains(string(picture(lines[:rows])), "translateY") {
		t.Error("a screen that is not full scrolls")
	}
}

func TestWhatFailsIsNotRecorded(t *testing.T) {
	if _, err := record(t.Context(), []string{"sh", "-c", "echo begun; exit 3"}); err == nil {
		t.Error("a command that fails is recorded")
	}
	lines, err := record(t.Context(), []string{"sh", "-c", "echo one; echo two"})
	if err != nil || len(lines) != 2 || lines[1].text != "two" {
		t.Errorf("%v, %v", lines, err)
	}
}

// readPicture returns the texts of a picture and after how long they appear. It fails for a
// script, and for anything that would be loaded.
func readPicture(t *testing.T, svg []byte) (texts, delays []string) {
	t.Helper()
	dec := xml.NewDecoder(strings.NewReader(string(svg)))
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return texts, delays
		}
		if err != nil {
			t.Fatal(err)
		}

		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		switch start.Name.Local {
		case "svg", "style", "clipPath", "rect", "g":
		case "text":
			var text string
			if err := dec.DecodeElement(&text, &start); err != nil {
				t.Fatal(err)
			}
			texts = append(texts, text)
			i := slices.IndexFunc(start.Attr, func(a xml.Attr) bool { return a.Name.Local == "style" })
			delays = append(delays, strings.TrimPrefix(start.Attr[i].Value, "animation-delay:"))
		default:
			t.Errorf("the picture has a %s", start.Name.Local)
		}
	}
}
