// Package preview shows live what of one file would be shipped: `shipper tail`.
//
// [Preview] opens the file, github.com/nxadm/tail brings its lines as they are
// written, and the splitter of inputs/logfile cuts them into records, as the input
// that takes the file is configured.
//
// # Limits
//
// It is for looking, and ships nothing. It stays with the file that it opened,
// also when that is renamed or deleted, and starts again from the beginning when
// it is truncated. A line is held in memory until it has its newline, however long
// it is. Lines that `multiline` joins are shown when the next record begins.
package preview
