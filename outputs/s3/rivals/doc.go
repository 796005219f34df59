// Package rivals finds objects with other bytes of the same place: what two hosts with
// one agent id leave behind.
//
//   - [Finder] goes through a listing and compares whatever overlaps.
//   - [Conflict] is what it finds.
package rivals
