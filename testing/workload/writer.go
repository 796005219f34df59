package workload

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"sync/atomic"
	"time"
)

// journalEvery is how old the journal of a running writer may grow.
const journalEvery = time.Second

// Writer is one application that logs. Make it with Open, end it with Close.
type Writer struct {
	cfg     Config
	random  *rand.Rand
	payload []byte // printable; payloads are pieces of it

	file     *os.File
	fileSize int64
	opened   time.Time
	block    []byte // lines not yet handed to write(2)
	inBlock  uint64 // how many
	next     uint64 // sequence of the next line
	lastDate time.Time

	journal     Journal
	journalTime time.Time
	started     time.Time

	lines, bytes, rotations atomic.Int64
}

// Progress is how far a Writer is.
type Progress struct {
	Lines, Bytes, Rotations int64
}

// Open makes a Writer and its first, empty log file. The log must not exist:
// its lines would be nobody's.
func Open(cfg Config) (*Writer, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("open workload: %w", err)
	}
	w := &Writer{
		cfg:     cfg,
		random:  rand.New(rand.NewPCG(cfg.Seed, 0x9e3779b97f4a7c15)),
		journal: Journal{Source: cfg.Source, Seed: cfg.Seed, Scheme: cfg.Scheme},
		started: time.Now(),
	}
	const printable = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,:/=\"[]{}-_"
	w.payload = make([]byte, 64<<10+cfg.MaxLine)
	for i := range w.payload {
		w.payload[i] = printable[w.random.IntN(len(printable))]
	}
	if err := w.create(); err != nil {
		return nil, fmt.Errorf("open workload: %w", err)
	}
	if err := w.saveJournal(); err != nil {
		w.file.Close()
		return nil, fmt.Errorf("open workload: %w", err)
	}
	return w, nil
}

// create begins a generation in a new file.
func (w *Writer) create() error {
	f, err := os.OpenFile(w.cfg.LogPath(), os.O_WRONLY|os.O_APPEND|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	w.file, w.fileSize, w.opened = f, 0, time.Now()
	w.journal.Generations = append(w.journal.Generations, Generation{Number: w.journal.Rotations, First: w.next})
	return nil
}

// Run writes until Config.Bytes are written or ctx ends, at Config.Rate, and
// rotates when it is due. Either end is a success. The caller still closes.
func (w *Writer) Run(ctx context.Context) error {
	for ctx.Err() == nil && (w.cfg.Bytes == 0 || w.journal.Bytes < w.cfg.Bytes) {
		if err := w.WriteLines(1); err != nil {
			return err
		}
		if err := w.pace(ctx); err != nil {
			return err
		}
	}
	return nil
}

// pace waits while the writer is ahead of its rate.
func (w *Writer) pace(ctx context.Context) error {
	if w.cfg.Rate <= 0 {
		return nil
	}
	due := time.Duration(float64(w.journal.Bytes) / float64(w.cfg.Rate) * float64(time.Second))
	ahead := due - time.Since(w.started)
	if ahead < 5*time.Millisecond {
		return nil
	}
	if err := w.flush(); err != nil { // a slow writer doesn't sit on lines
		return err
	}
	select {
	case <-ctx.Done():
	case <-time.After(ahead):
	}
	return nil
}

// WriteLines writes n lines, and rotates when it is due.
func (w *Writer) WriteLines(n int) error {
	for range n {
		w.appendLine()
		if len(w.block) >= w.cfg.Block {
			if err := w.flush(); err != nil {
				return err
			}
		}
		if w.due() {
			if err := w.Rotate(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *Writer) due() bool {
	return w.cfg.RotateSize > 0 && w.fileSize+int64(len(w.block)) >= w.cfg.RotateSize ||
		w.cfg.RotateEvery > 0 && time.Since(w.opened) >= w.cfg.RotateEvery
}

// appendLine puts the next line into the block.
func (w *Writer) appendLine() {
	length := w.cfg.MinLine + int(w.random.ExpFloat64()*float64(w.cfg.MeanLine-w.cfg.MinLine))
	length = min(length, w.cfg.MaxLine)
	overhead := len(magic) + len(w.cfg.Source) + 3 + digits(w.journal.Rotations) + digits(w.next) + crcLength
	from := w.random.IntN(64 << 10)
	payload := w.payload[from : from+max(0, length-overhead)]
	w.block = AppendLine(w.block, Line{[]byte(w.cfg.Source), w.journal.Rotations, w.next}, payload)
	w.block = append(w.block, '\n')
	w.inBlock++
	w.next++
}

func digits(n uint64) int {
	d := 1
	for ; n >= 10; n /= 10 {
		d++
	}
	return d
}

// flush hands the block to write(2) and counts its lines when all of them were
// taken. After an error the writer is of no more use: how much of the block is
// in the file can't be said in lines.
func (w *Writer) flush() error {
	if len(w.block) == 0 {
		return nil
	}
	rest := w.block
	if w.cfg.Split > 0 && len(rest) > 1 && w.random.Float64() < w.cfg.Split {
		cut := 1 + w.random.IntN(len(rest)-1)
		if _, err := w.file.Write(rest[:cut]); err != nil {
			return fmt.Errorf("append to log: %w", err)
		}
		rest = rest[cut:]
		time.Sleep(w.cfg.SplitPause)
	}
	if _, err := w.file.Write(rest); err != nil {
		return fmt.Errorf("append to log: %w", err)
	}
	size := int64(len(w.block))
	g := &w.journal.Generations[len(w.journal.Generations)-1]
	g.Lines += w.inBlock
	g.Bytes += size
	w.journal.Lines += w.inBlock
	w.journal.Bytes += size
	w.fileSize += size
	w.lines.Store(int64(w.journal.Lines))
	w.bytes.Store(w.journal.Bytes)
	w.block, w.inBlock = w.block[:0], 0
	if time.Since(w.journalTime) > journalEvery {
		return w.saveJournal()
	}
	return nil
}

func (w *Writer) saveJournal() error {
	w.journalTime = time.Now()
	if w.cfg.Journal == "-" {
		return nil
	}
	return w.journal.write(w.cfg.Journal)
}

// Progress may be called from any goroutine.
func (w *Writer) Progress() Progress {
	return Progress{Lines: w.lines.Load(), Bytes: w.bytes.Load(), Rotations: w.rotations.Load()}
}

// Close writes what is left, closes the log and returns the final journal.
func (w *Writer) Close() (Journal, error) {
	err := w.flush()
	if e := w.file.Close(); err == nil {
		err = e
	}
	w.journal.Done = err == nil
	if e := w.saveJournal(); err == nil {
		err = e
	}
	if err != nil {
		return w.journal, fmt.Errorf("close workload: %w", err)
	}
	return w.journal, nil
}

// Write opens a Writer, runs it and closes it.
func Write(ctx context.Context, cfg Config) (Journal, error) {
	w, err := Open(cfg)
	if err != nil {
		return Journal{}, err
	}
	err = w.Run(ctx)
	j, e := w.Close()
	if err == nil {
		err = e
	}
	return j, err
}
