input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  output = output.stdout.out
  headers = { app = match.app } # error: match has no group "app"
}

output "stdout" "out" {}
