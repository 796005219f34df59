# Rails: every process writes its own events file, events.PID.log, into the
# directory of its application. A process's files are one stream, in order;
# each application has a topic.

input "logfile" "rails" {
  paths   = ["/var/log/rails/*/events.*.log"]
  match   = "^/var/log/rails/(?P<app>[^/]+)/events\\.(?P<pid>[0-9]+)\\.log"
  stream  = "${match.app}-${match.pid}"
  output  = output.kafka.events
  topic   = "events.${match.app}"
  headers = { app = match.app, host = host }

  # Events may be large documents.
  max_line = "1MiB"
}
