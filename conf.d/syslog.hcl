# The system's own logs, where a syslog daemon writes them.

input "logfile" "syslog" {
  paths  = ["/var/log/syslog", "/var/log/messages", "/var/log/auth.log", "/var/log/secure", "/var/log/kern.log"]
  match  = "^/var/log/(?P<log>[a-z]+)"
  output = output.kafka.events
  topic  = "syslog.${match.log}"
  key    = host

  # On a machine that has been running for long, begin with what is new.
  start_at = "end"
}
