input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  output = output.stdout.out
  exclude = ["ok", "[z-a]"] # error: bad exclude: "[z-a]" | invalid character class range
}

output "stdout" "out" {}
