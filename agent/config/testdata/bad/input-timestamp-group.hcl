input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  output = output.stdout.out
  timestamp         = "parsed"
  timestamp_pattern = "^[0-9]+" # error: timestamp_pattern has no group
}

output "stdout" "out" {}
