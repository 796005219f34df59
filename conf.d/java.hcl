# Java with logback or log4j2: the live file is SERVICE.log, rolled to
# SERVICE.2026-01-31.0.log in the same directory. The date stands before the
# end of the name, so `rotated` says which part is the live file's name and
# which gives the order.

input "logfile" "java" {
  paths         = ["/var/log/java/*/*.log"]
  exclude_paths = ["/var/log/java/*/gc*.log", "/var/log/java/*/*.[0-9][0-9][0-9][0-9]-*.log"]
  rotated       = ["^(?P<stem>.+)\\.(?P<order>[0-9]{4}-[0-9]{2}-[0-9]{2}\\.[0-9]+)\\.log$"]
  match         = "^/var/log/java/(?P<service>[^/]+)/"
  output        = output.kafka.events
  topic         = "java.${match.service}"

  # 2026-01-31T10:00:00.123+01:00 INFO ...
  timestamp         = "parsed"
  timestamp_pattern = "^([0-9]{4}-[0-9]{2}-[0-9]{2}T\\S+)"
  timestamp_layout  = "rfc3339"
}
