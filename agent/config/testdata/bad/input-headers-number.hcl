input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  output = output.stdout.out
  headers = { app = 5 } # error: headers must be a text in quotes
}

output "stdout" "out" {}
