# nginx: one log for all sites or one each (access.log, shop.access.log), rotated
# by logrotate to access.log.1 and so on. Only the live names are given; rotated
# files are found as their siblings.

input "logfile" "nginx-access" {
  paths  = ["/var/log/nginx/access.log", "/var/log/nginx/*.access.log"]
  output = output.kafka.events
  topic  = "nginx.access"

  # Probes of the load balancer.
  exclude = "\"(GET|HEAD) /(healthz|ping)[ ?]"
}

input "logfile" "nginx-error" {
  paths   = ["/var/log/nginx/error.log", "/var/log/nginx/*.error.log"]
  output  = output.kafka.events
  topic   = "nginx.error"
  headers = { host = host, path = path }
}
