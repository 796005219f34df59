// Package docs holds the documents against the program: each block of
// configuration in README.md, packaging/docs and conf.d is loaded, and each command
// in a block, or in the help of a verb, is run beside an agent. Of commands within
// sentences the verb and the flags are looked up. The lists of events and of errors
// follow the code: a message that is missing there, or is said no more, is found.
// -update writes the generated parts anew.
//
// Commands need the rights to make namespaces, as root has.
package docs
