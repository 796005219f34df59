input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  output = output.stdout.out
  start_at = "2026-01-02" # error: bad start_at: "2026-01-02" | 2026-01-02T15:04:05Z
}

output "stdout" "out" {}
