// Package reload is what surrounds an agent that changes its configuration while
// it runs.
//
//   - [Watch] notices that the files of a configuration have changed.
//   - [Handler] serves requests to reload over the agent's socket; [Ask] is its
//     client.
//   - [Compare] tells how the new configuration differs; [Report] is what came of it.
//
// What is done with a new configuration is the agent's own matter.
package reload
