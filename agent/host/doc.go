// Package host tells one host from another: by the id under which an agent's
// lines are known.
package host
