package stored

// History tells whether an input may once have passed over what was there: by what is
// configured now, or was when the note was made that is to be committed. Of compressed
// files that were passed over nothing else is stored.
func History(notes map[string]string, input string, configured bool) (history bool, note map[string]string) {
	name := "history/" + input
	if configured && notes[name] == "" {
		note = map[string]string{name: "passed over"}
	}
	return configured || notes[name] != "", note
}
