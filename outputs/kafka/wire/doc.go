// Package wire is one connection to a Kafka broker: dialling, TLS, SASL,
// version negotiation, and one request at a time.
//
// The types to know:
//
//   - [Dialer]: how to reach brokers. Dial returns a connection that is
//     authenticated and knows the broker's versions.
//   - [Conn]: a connection, for one goroutine at a time. Every call takes a
//     deadline and honours its context.
//   - [Part]: the records of one partition in a produce request.
//   - [Error]: which stage of a dial failed.
//
// Requests and responses are those of kmsg. Only the produce request is framed
// here, because it can then be sent from where the records lie: the frame's
// own bytes and the record batches go to the kernel in one writev.
//
// Authentication is done here, too, and not by sarama: sarama keeps the
// session lifetime that a broker grants (connections.max.reauth.ms) to itself,
// and a connection that outlives its session is closed by the broker in the
// middle of a request. Here [Conn.Expired] tells in time.
//
// What matters most is [Conn.Produce]'s sent: whether any byte of the request
// may have reached the socket. If none did, the records are certainly not at
// the broker; otherwise nobody knows.
package wire
