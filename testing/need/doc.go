// Package need installs what tests need and the machine lacks. Where that can't be
// done it says what to install: a test never passes over what it can't have.
package need
