package value

// Types says how values are written, for the reference.
const Types = `
Types
  size      "512KiB", "64MiB", "1GiB" (1024 each), KB, MB, GB (1000 each), or a number of bytes
  duration  "250ms", "5s", "2m", "72h"
  template  a text that may hold ${host}, ${path}, ${input} and ${match.NAME}
  any text  may be env("NAME") or file("path"), the path being relative to the file that it is written in
`
