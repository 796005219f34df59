// Package access decides where status is served, and to whom.
//
//   - [Config] is what a caller must show; its Check tells whether an address may
//     be listened on with it.
//   - [Listen] makes the listener: on a port, or on a unix socket, which [Bind] makes.
//   - [Guard] encrypts connections and turns away who shows too little.
//
// # Rules
//
// On a loopback address and on a unix socket nothing is demanded unless it is
// configured. An address that others can reach is refused without a certificate
// and, beyond it, a token or client certificates.
//
// The files are looked at with each handshake and each request, and read again
// when they have changed, so that nothing needs a restart. Files that can't be
// used leave what was read before in force, which is logged once; without
// anything from before nothing is served.
//
// # Limits
//
// The files are taken up together: a token that can't be used keeps a renewed
// certificate from being shown, too, until it is mended.
//
// A unix socket has mode 0660: the group of the agent may read it. A token is
// compared in constant time, and wrong ones are not counted: it must be long.
package access
