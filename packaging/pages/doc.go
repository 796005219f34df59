// Command pages writes what is generated from the verbs and the configuration's
// schema: manual pages, and completions for shells. `make packages` puts them
// into the packages.
package main
