// Package logrotate reads logrotate's configuration and tells what in it can lose
// lines of a file that is shipped. It changes nothing and never runs logrotate.
//
// The types to know:
//
//   - [Config]: all rules, as [Load] found them.
//   - [Rule]: the files that one block names, and the settings that matter here.
//   - [Warning]: what a rule can do to unread lines, and what to write instead.
//
// # Limits
//
// Only settings that can lose lines, or tell how soon, are looked at; others are
// skipped, and so are scripts. Settings of the command line that starts logrotate,
// and other programs that rotate, are not known. A pattern is matched against
// paths, so `**` spans directories here and does not in logrotate.
package logrotate
