# Exports: a job writes a file under a name of its own and never again, and nobody
# rotates it. A file that was unchanged for ten minutes is finished: only then it is
# shipped, the topic `exports-audit` is told how many records it had and where they
# are, and the file is moved away.

input "logfile" "exports" {
  paths       = ["/srv/exports/*.csv"]
  output      = output.kafka.events
  topic       = "exports"
  audit_topic = "exports-audit"

  completed_only = true
  complete_when  = "quiet"
  quiet_after    = "10m"

  on_complete = "move"
  move_to     = "/srv/exports/done" # on the same file system
}
