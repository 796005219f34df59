// Package setup has the verbs that make a configuration and what it needs: init, fmt,
// check and topics.
package setup
