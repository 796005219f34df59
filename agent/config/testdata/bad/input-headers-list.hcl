input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  output = output.stdout.out
  headers = ["a"] # error: headers must be a map
}

output "stdout" "out" {}
