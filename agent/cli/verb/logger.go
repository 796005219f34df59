package verb

import (
	"log/slog"
	"os"
)

// NewLogger makes the agent's logger. Both formats escape what is in a message,
// so no file name or line can forge one.
//
// The level may be changed while the logger is in use.
func NewLogger(file *os.File, format, level string) (*slog.Logger, *slog.LevelVar) {
	l := new(slog.LevelVar)
	_ = l.UnmarshalText([]byte(level)) // the configuration is valid
	o := slog.HandlerOptions{Level: l}
	if format == "text" || format != "json" && isTerminal(file) {
		return slog.New(slog.NewTextHandler(file, &o)), l
	}
	return slog.New(slog.NewJSONHandler(file, &o)), l
}

// isTerminal takes other character devices, such as /dev/null, for terminals,
// too: nobody reads a log there.
func isTerminal(file *os.File) bool {
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
