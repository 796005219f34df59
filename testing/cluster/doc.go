// Package cluster runs a real Apache Kafka on the loopback, to be killed,
// paused and brought back by tests.
//
// The types to know:
//
//   - [Cluster]: some KRaft nodes, each broker and controller at once, in
//     processes of their own, with all their files below one directory.
//   - [Node]: one of them: Kill, Stop, Pause, Resume, Start.
//
// Kafka itself comes from Maven Central, once, into a cache directory; Java and
// Maven are installed with apt-get where that is possible. Where it is not, the
// error says what to install: a test that needs Kafka fails without it.
//
// The nodes end with Close, and also when the process that started them dies in
// whatever way: Linux then sends them SIGKILL.
//
// Ports are chosen below the range that the kernel gives to outgoing
// connections, since a node must find its port free when it comes back.
package cluster
