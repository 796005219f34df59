package preview

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/nxadm/tail"

	"shipper/agent/config"
	"shipper/agent/status"
	"shipper/inputs"
	"shipper/inputs/logfile/split"
)

// Preview describes what is looked at.
type Preview struct {
	Path   string
	Split  *split.Config
	Lines  int  // of the file's end to begin with, less than 0 for all
	Follow bool // go on until the context ends
}

// Result counts what was shown.
type Result struct {
	Records, Filtered int
	// Unfinished is the length of a last line that has no newline yet: it waits,
	// and is not shown.
	Unfinished int64
}

// Run writes each record to w, in a line of its own: records with characters that
// a terminal would not show as they are, newlines included, are quoted.
func (p *Preview) Run(ctx context.Context, w io.Writer) (Result, error) {
	// O_NONBLOCK: a FIFO without a writer must not stop us.
	file, err := os.OpenFile(p.Path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return Result{}, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return Result{}, err
	}
	if !info.Mode().IsRegular() {
		return Result{}, fmt.Errorf("%q is not a regular file", p.Path)
	}
	start, err := lastLines(file, info.Size(), p.Lines)
	if err != nil {
		return Result{}, fmt.Errorf("look for the last lines: %w", err)
	}
	whole, err := lastLines(file, info.Size(), 0)
	if err != nil {
		return Result{}, fmt.Errorf("look for the last newline: %w", err)
	}
	// The library is given our descriptor instead of the name, so that it can't
	// come to another file.
	t, err := tail.TailFile("/proc/self/fd/"+strconv.Itoa(int(file.Fd())), tail.Config{
		Location: &tail.SeekInfo{Offset: start, Whence: io.SeekStart}, MustExist: true,
		// Without CompleteLines it gives halves of lines, and without Follow an
		// unterminated last line as if it were whole.
		Follow: true, CompleteLines: true,
		Poll:   true, // inotify would have to watch the descriptor's directory, which is /proc
		Logger: tail.DiscardingLogger,
	})
	if err != nil {
		return Result{}, fmt.Errorf("follow the file: %w", err)
	}
	c := cutter{
		split: split.Splitter{Config: p.Split, MaxLine: p.Split.MaxLine, Most: math.MaxInt},
		w:     w, end: start, until: math.MaxInt64, buf: inputs.NewBuffer(0),
	}
	if !p.Follow {
		c.until, c.result.Unfinished = whole, info.Size()-whole
	}
	err = c.lines(ctx, t.Lines)
	if err == nil {
		err = c.cut(split.Timed) // what waits for a line that may belong to it
	}
	return c.result, errors.Join(err, t.Stop())
}

// cutter makes records of lines.
type cutter struct {
	split  split.Splitter
	buf    *inputs.Buffer
	w      io.Writer
	all    []byte // some bytes that were cut already, and those that are not
	start  int    // of the latter
	end    int64  // of all, in the file
	until  int64  // stop there
	result Result
}

// lines takes lines until the end that was asked for, or until ctx ends.
func (c *cutter) lines(ctx context.Context, lines <-chan *tail.Line) error {
	for c.end < c.until {
		select {
		case <-ctx.Done():
			return nil
		case l, ok := <-lines:
			if !ok {
				return nil
			}
			if l.Err != nil {
				return l.Err
			}
			if l.Num == 1 && c.result.Records > 0 { // truncated
				c.all, c.start, c.end = c.all[:0], 0, 0
			}
			c.all = append(append(c.all, l.Text...), '\n')
			c.end += int64(len(l.Text)) + 1
			if err := c.cut(split.Open); err != nil {
				return err
			}
		}
	}
	return nil
}

// enough bytes before a cut tell the splitter in what it begins.
const enough = 4

func (c *cutter) cut(ending split.Ending) error {
	c.buf.Reset()
	c.split.Ending = ending
	cut := c.split.Cut(c.buf, c.all, c.start)
	data := c.all[c.start:]
	c.result.Filtered += int(c.split.Filtered)
	seg := inputs.Segment{Data: data[:cut.Done], Ends: cut.Ends, Records: cut.Records, Joined: cut.Joined}
	for i := range seg.Len() {
		_, value, piece := seg.At(i)
		mark := ""
		if part := piece.HeaderValue(); part != "" {
			mark = "[" + part + " part] "
		}
		if _, err := fmt.Fprintf(c.w, "%s%s\n", mark, status.Printable(string(value))); err != nil {
			return err
		}
		c.result.Records++
	}
	c.start += cut.Done
	if keep := c.start - enough; keep > 0 {
		c.all, c.start = append(c.all[:0], c.all[keep:]...), enough
	}
	return nil
}

// lastLines is the offset at which the last n lines with a newline begin: 0 for
// n < 0, the byte after the last newline for n = 0.
func lastLines(file io.ReaderAt, size int64, n int) (int64, error) {
	if n < 0 {
		return 0, nil
	}
	block := make([]byte, 64<<10)
	for end := size; end > 0; {
		b := block[:min(end, int64(len(block)))]
		if _, err := file.ReadAt(b, end-int64(len(b))); err != nil && !errors.Is(err, io.EOF) {
			return 0, err
		}
		for i := len(b) - 1; i >= 0; i-- {
			if b[i] != '\n' {
				continue
			}
			if n == 0 {
				return end - int64(len(b)) + int64(i) + 1, nil
			}
			n--
		}
		end -= int64(len(b))
	}
	return 0, nil
}

// About sums up what every record of the file gets beside its value.
func About(in *config.Input, topic string, vars config.Vars) (string, error) {
	var text strings.Builder
	fmt.Fprintf(&text, "input %s", in.Label)
	for _, ref := range in.Outputs {
		fmt.Fprintf(&text, ", output %s", ref.Name())
	}
	if topic != "" {
		fmt.Fprintf(&text, ", topic %s", topic)
	}
	if in.Key != nil {
		key, err := in.Key.Eval(vars)
		if err != nil {
			return "", fmt.Errorf("evaluate key: %w", err)
		}
		fmt.Fprintf(&text, ", key %q", key)
	}
	for _, h := range in.Headers {
		value, err := h.Value.Eval(vars)
		if err != nil {
			return "", fmt.Errorf("evaluate header %s: %w", h.Name, err)
		}
		fmt.Fprintf(&text, ", header %s = %q", h.Name, value)
	}
	return status.Printable(text.String()), nil
}
