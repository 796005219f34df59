package codes

import (
	"errors"
	"fmt"
)

// CheckTopic tells whether brokers would answer InvalidTopicException to a
// topic's name, so that a template gone wrong is told from a missing topic.
func CheckTopic(name string) error {
	if name == "" {
		return errors.New("the input names no topic for it")
	}
	bad := len(name) > 249 || name == "." || name == ".."
	for i := 0; i < len(name) && !bad; i++ {
		c := name[i]
		bad = !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '.' || c == '_' || c == '-')
	}
	if bad {
		return fmt.Errorf("topic %q: %w. %s", name, InvalidTopicException, InvalidTopicException.Cure())
	}
	return nil
}
