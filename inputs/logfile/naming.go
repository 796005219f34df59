package logfile

import (
	"slices"

	"shipper/inputs/logfile/names"
)

// name gives f, under mu, one more name.
func (in *Input) name(f *file, x *entry, n names.Name) {
	if x.File == f {
		return
	}
	x.File = f
	f.names = append(f.names, x)
	delete(in.nameless, f)
	f.missed, f.unlinked = 0, false
	if len(f.names) == 1 {
		in.renamed(f, n)
	}
}

// renamed takes over, under mu, the first of f's names. One that is dated tells the
// place of a file that is not begun, which may have been a guess.
func (in *Input) renamed(f *file, n names.Name) {
	x := f.names[0]
	f.place, f.name = x.Dir.Place.In(x.Name), n
	f.unsaved = f.unsaved || f.id != 0
	if f.err != nil {
		f.retry = true
		in.rouse(f.stream)
	}
	in.reclass(f)
	if n.Kind == names.Dated && f.id == 0 && f.stream != nil && f.stream.Misplaced(f) {
		f.stream.Remove(f)
		f.order = 0
		in.noteKin(f)
		f.stream.Insert(f)
		f.tidy()
		in.mayEnd(f)
		in.rouse(f.stream)
	}
}

// unname takes a name, under mu, from f.
func (in *Input) unname(f *file, x *entry) {
	x.File = nil
	i := slices.Index(f.names, x)
	if i < 0 {
		return
	}
	f.names = slices.Delete(f.names, i, i+1)
	switch {
	case len(f.names) == 0:
		in.nameless[f] = struct{}{}
		in.reclass(f)
		if f.err != nil {
			f.retry = true // to find out that there is no way to it
			in.rouse(f.stream)
		}
	case i == 0:
		y := f.names[0]
		n, _ := in.globs.Classify(y.Dir.Path, y.Name, in.cfg.Rotated)
		in.renamed(f, n)
	}
}
