// Package top shows a running agent live on a terminal.
//
//   - [model.Model], below, is what is looked at, and makes a screen of it.
//   - [Run] ties a model to a terminal; [Once] prints one screen.
//
// # The terminal
//
// [Run] uses the alternate screen and writes only lines that have changed, each
// at its own place: little goes over a slow line, and nothing scrolls. There is
// no colour; the chosen row is marked by a > and shown in reverse. However it
// ends (a key, a signal, an error, a panic) the terminal is as it was.
//
// What comes from outside (paths, topics, errors) is shown with everything
// escaped that a terminal might obey: fields when they are made, and once more
// every line of a screen.
//
// # Cost
//
// The agent is asked every two seconds, or as told, and then waits for a hundred
// times as long as the answers take: an agent with a hundred thousand files spends
// no more than a percent of a core on it.
//
// # Limits
//
// Rates are of the time between two looks, so that a file that is shipped once a
// minute shows peaks. A path that is not UTF-8 is shown, but can't be explained:
// the status holds a replacement for what is not UTF-8.
package top
