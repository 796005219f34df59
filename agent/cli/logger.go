package cli

import (
	"log/slog"
	"os"
)

// newLogger makes the agent's logger. Both formats escape what is in a message,
// so no file name or line can forge one.
func newLogger(file *os.File, format, level string) *slog.Logger {
	var o slog.HandlerOptions
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err == nil { // the configuration is valid
		o.Level = l
	}
	if format == "text" || format != "json" && isTerminal(file) {
		return slog.New(slog.NewTextHandler(file, &o))
	}
	return slog.New(slog.NewJSONHandler(file, &o))
}

// isTerminal takes other character devices, such as /dev/null, for terminals,
// too: nobody reads a log there.
func isTerminal(file *os.File) bool {
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
