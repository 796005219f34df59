// Package service has the verbs of an agent's life: run is one, reload and drain ask
// one that runs.
package service
