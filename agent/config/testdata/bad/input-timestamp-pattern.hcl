input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  output = output.stdout.out
  timestamp = "parsed" # error: missing key "timestamp_pattern"
}

output "stdout" "out" {}
