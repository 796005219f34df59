input "logfile" "web" {
  paths       = ["/var/log/web/*.log"]
  output      = output.stdout.out
  on_complete = "move" # error: missing key "move_to"
}

output "stdout" "out" {}
