// Package docs holds the documents against the program: each block of
// configuration in README.md, packaging/docs and conf.d is loaded, and each command
// in a block, or in the help of a verb, is run beside an agent. Of commands within
// sentences the verb and the flags are looked up.
//
// Commands need the rights to make namespaces, as root has.
package docs
