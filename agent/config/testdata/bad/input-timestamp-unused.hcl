input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  output = output.stdout.out
  timestamp_pattern = "^([0-9]+)" # warning: timestamp_pattern has no effect
}

output "stdout" "out" {}
