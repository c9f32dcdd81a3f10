// Recording runs a command and writes what it prints as a moving picture: an SVG that browsers
// play once, without a script. `make recording` makes that of the README.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

func main() {
	out := flag.String("out", "recording.svg", "file to write the picture to")
	shown := flag.String("as", "", "what the picture shows as the command; default: the command itself")
	flag.Parse()

	if err := run(context.Background(), *out, *shown, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "recording:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out, shown string, command []string) error {
	if len(command) == 0 {
		return errors.New("name a command behind --")
	}
	if shown == "" {
		shown = strings.Join(command, " ")
	}

	lines, err := record(ctx, command)
	if err != nil {
		return err
	}
	lines = append([]line{{text: "$ " + shown}}, lines...)

	if err := os.WriteFile(out, picture(lines), 0o644); err != nil {
		return fmt.Errorf("writing the picture: %w", err)
	}
	return nil
}

// line is what was printed, and how long after the start of the command.
type line struct {
	at   time.Duration
	text string
}

// record runs a command and returns the lines that it prints. Its errors are shown as they
// come, and are no part of the recording.
func record(ctx context.Context, command []string) ([]line, error) {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Stderr = os.Stderr
	printed, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("recording %s: %w", command[0], err)
	}
	begun := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("recording %s: %w", command[0], err)
	}

	var lines []line
	scanner := bufio.NewScanner(printed)
	for scanner.Scan() {
		lines = append(lines, line{time.Since(begun), scanner.Text()})
	}
	if err := errors.Join(scanner.Err(), cmd.Wait()); err != nil {
		return nil, fmt.Errorf("recording %s: %w", command[0], err)
	}

	return lines, nil
}
