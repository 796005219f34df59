input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  output = output.stdout.out
  timestamp = "now" # error: bad timestamp: "now" | read, mtime and parsed
}

output "stdout" "out" {}
