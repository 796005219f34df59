// Package status is what the agent tells about itself: to people, to programs,
// and to whoever decides whether the process is to be restarted.
//
//   - [Snapshot] is everything, at one moment. Package agent fills it in; its
//     JSON form is stable within a version.
//   - [Server] serves snapshots over HTTP on the unix socket shipper.sock in the
//     state directory (mode 0600) and, if wanted, on a port or another socket;
//     package access says to whom.
//   - [Fetch] asks a running agent for its snapshot; [WriteText] prints it.
//
// # Endpoints
//
//	/status.json  the snapshot
//	/healthz      200 while the process answers
//	/readyz       200, or 503 with the reason while configuration or state is
//	              broken; never because an output does not answer, since a
//	              restart would not help it
//
// Further pages come from packages below, see [ServerConfig.Pages].
// What changes something is served on the socket only; see [ServerConfig.Control].
//
// # What never happens
//
// Nothing here keeps the agent from working. A port in use or a socket that
// can't be made is warned of once and tried again every few seconds, until it
// succeeds. Names of files and messages of strangers are shown with everything
// escaped that a terminal might obey.
//
// # Limits
//
// Anyone on the host may read the loopback port, unless a token is demanded: it
// tells file names, topics and the configuration, no content and no secrets;
// listen = "off" leaves only the socket.
package status
