package keys

// Help says what each key does.
const Help = `shipper top: keys

  1 2 3 4, Tab     routes, files, lanes, outputs (with brokers and failover)
  ↑ ↓ j k          choose a row; PgUp, PgDn, Home and End too
  Enter            on a route: its files; on a file: explain it
  Esc              back; without filter
  /                show only rows that contain a text
  s, r             files: sort by lag, wait, slow, rate, size or name; reverse
  p                pause, and go on
  space            look at the agent now
  Ctrl-L, Ctrl-Z   draw anew; leave it to the shell for a while
  q, Ctrl-C        end

  LAG    bytes that are not acknowledged yet
  WAITS  for how long the oldest of them has been known
  RATE   bytes acknowledged in a second, between two looks
  RUNWAY when the first unshipped bytes are lost; - while the route keeps up
  slow   sorts by rate among the files with bytes that wait

any key goes on`
