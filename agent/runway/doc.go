// Package runway tells for how long the bytes that are not shipped yet will last.
//
//   - [Observer] looks at the files of all inputs every few seconds and learns of
//     each log how fast it is written and shipped, when it is rotated, and how many
//     generations rotation keeps.
//   - [Forecast] is what follows for one route: when its first bytes are lost at the
//     present rates, where, and why.
//
// # Two ways to lose bytes
//
// Rotation deletes a generation that was not shipped to its end. While the agent
// runs it holds the file open, so that nothing is lost at that moment; but from then
// on a crash or restart of the agent loses it, so that is what is forecast:
// [Rotation]. What is held so keeps its space on disk, and applications go on
// writing: [DiskFull] is when they can't.
//
// A generation of which n newer ones have names is deleted when rotation has come
// keep−n times more, keep being the number of names that were left after earlier
// deletions. Without having seen a deletion nothing is said of rotation. The disk is
// full when what is free, and what rotation will free because it is shipped, is
// written full. A route that ships v bytes of the w that are written meanwhile has
// w/(w−v) times as long.
//
// # Limits
//
// Rates are averages that forget with a time constant: a log that stops, or bursts,
// makes the forecast wrong until the averages have followed. Intervals of rotation
// are averages of the last few. Other users of the file system are not foreseen.
package runway
