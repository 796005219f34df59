// Package bucket is an object store for the demo: one bucket in memory that speaks as
// much of S3 as the agent needs. It believes everybody who asks; it does check what it
// is sent against its checksum, and tells the checksum of what it stored.
//
//   - [Bucket] is the store, an http.Handler.
package bucket
