// Package docs holds the documents against the program: each block of
// configuration in README.md, packaging/docs and conf.d is loaded, and of each
// command the verb and the flags are looked up.
package docs
