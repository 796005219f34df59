input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  output = output.stdout.out
  scan_interval = "0s" # error: scan_interval is out of range | "100ms" to "1h"
}

output "stdout" "out" {}
