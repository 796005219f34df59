// Package operate looks at a live agent as those who run it do: its metrics with
// the dashboard and the alerts, its sockets, its page in a browser.
package operate
