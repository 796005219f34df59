input "logfile" "web" {
  paths       = ["/var/log/web/*.log"]
  output      = output.stdout.out
  on_complete = "delete" # warning: deleted with | warning: start_at | warning: only quiet | now 1m0s
  move_to     = "/var/log/done" # warning: move_to has no effect
  exclude     = "debug"
  start_at    = "end"

  complete_when = "quiet"
  retain_deleted { # error: retain_deleted bounds nothing
  }
}

output "stdout" "out" {}
