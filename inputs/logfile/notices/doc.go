// Package notices is how inputs/logfile hears of what happens in directories. It
// only shortens the wait for the next scan: a notice that is late or lost loses
// nothing.
package notices
