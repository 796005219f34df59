// Package logfile decodes and checks the block `input "logfile"`: [Input] is what it
// holds. That the outputs which it names are there is looked at by package config, which
// knows them.
package logfile
