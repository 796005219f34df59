package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"shipper/inputs"
	"shipper/outputs/kafka/recordbatch"
)

// followed is a file that grows.
type followed struct {
	file *os.File
	gen  *inputs.Generation
	at   int64
}

// follow ships what is written to the files of a directory: it sleeps until
// there is an event, and for the linger, and sends what there is by then of all
// files in one batch.
func follow(o *options, conn *conn) error {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC)
	if err != nil {
		return fmt.Errorf("inotify_init1: %w", err)
	}
	if _, err := unix.InotifyAddWatch(fd, o.follow, unix.IN_MODIFY|unix.IN_CREATE); err != nil {
		return fmt.Errorf("inotify_add_watch: %w", err)
	}
	files := map[string]*followed{}
	encoder := o.encoder(recordbatch.None)
	p := &pass{encoder: encoder, conn: conn, buffer: inputs.NewBuffer(batchBytes)}
	events := make([]byte, 64<<10)
	wait := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	for {
		if _, err := unix.Poll(wait, -1); err != nil {
			if err == unix.EINTR {
				continue
			}
			return fmt.Errorf("poll: %w", err)
		}
		if o.linger > 0 {
			time.Sleep(o.linger)
		}
		n, err := unix.Read(fd, events)
		if err != nil {
			return fmt.Errorf("read events: %w", err)
		}
		changed := map[string]bool{}
		for b := events[:n]; len(b) >= unix.SizeofInotifyEvent; {
			length := int(binary.NativeEndian.Uint32(b[12:]))
			name := b[unix.SizeofInotifyEvent : unix.SizeofInotifyEvent+length]
			changed[string(bytes.TrimRight(name, "\x00"))] = true
			b = b[unix.SizeofInotifyEvent+length:]
		}
		p.buffer.Reset()
		p.batch.Segments = p.batch.Segments[:0]
		for name := range changed {
			if err := p.grown(o.follow, name, files); err != nil {
				return err
			}
		}
		if len(p.batch.Segments) > 0 {
			if err := p.ship(); err != nil {
				return err
			}
		}
	}
}

// grown adds what is new in a file to the batch.
func (p *pass) grown(dir, name string, files map[string]*followed) error {
	f := files[name]
	if f == nil {
		file, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		f = &followed{file: file, gen: &inputs.Generation{ID: 1, Path: name, Stream: &inputs.Stream{Name: name}}}
		files[name] = f
	}
	base := len(p.buffer.Data)
	data := p.buffer.Data[base:cap(p.buffer.Data)]
	n, err := unix.Pread(int(f.file.Fd()), data, f.at)
	if err != nil {
		return err
	}
	end := bytes.LastIndexByte(data[:n], '\n') + 1
	if end == 0 {
		return nil
	}
	first := len(p.buffer.Ends)
	p.buffer.Data = p.buffer.Data[:base+end]
	for at := 0; at < end; {
		at += bytes.IndexByte(data[at:end], '\n') + 1
		p.buffer.Ends = append(p.buffer.Ends, uint32(at))
	}
	p.batch.Segments = append(p.batch.Segments, inputs.Segment{
		Gen: f.gen, Start: f.at, End: f.at + int64(end), Data: data[:end], Ends: p.buffer.Ends[first:],
	})
	f.at += int64(end)
	return nil
}
