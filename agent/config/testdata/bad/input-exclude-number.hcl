input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  output = output.stdout.out
  exclude = 5 # error: exclude must be a text in quotes
}

output "stdout" "out" {}
