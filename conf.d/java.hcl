# Java with logback or log4j2: the live file is SERVICE.log, rolled to
# SERVICE.2026-01-31.0.log or SERVICE-2026-01-31-1.log in the same directory.
# The names with a date are known as rotated files of SERVICE.log; don't exclude
# them, or what was written while the agent was stopped is not shipped.

input "logfile" "java" {
  paths         = ["/var/log/java/*/*.log"]
  exclude_paths = ["/var/log/java/*/gc*.log"]
  match         = "^/var/log/java/(?P<service>[^/]+)/"
  output        = output.kafka.events
  topic         = "java.${match.service}"

  # 2026-01-31T10:00:00.123+01:00 INFO ...
  timestamp         = "parsed"
  timestamp_pattern = "^([0-9]{4}-[0-9]{2}-[0-9]{2}T\\S+)"
  timestamp_layout  = "rfc3339"
}
