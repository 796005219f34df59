// Package shown holds what an input tells of its files to those who look.
package shown
