// Package packages installs what `make packages` builds: the .deb in a Debian
// that is booted in a container, from the installation to the purge and with a
// writer at work, and the .rpm into a root of its own.
//
// It needs root, and installs debootstrap, systemd-nspawn and rpm if they are
// missing. The Debian is made once and kept in the user's cache; each test boots
// it with an overlay in memory.
package packages
