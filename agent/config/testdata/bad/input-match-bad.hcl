input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  output = output.stdout.out
  match  = "(?P<app" # error: bad match
  stream = match.app
}

output "stdout" "out" {}
