// Package rule checks single values of a configuration. Each function returns how
// a value is wrong, as the end of a sentence that begins with the key, or "".
package rule
