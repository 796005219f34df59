input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  output = output.stdout.out
  match = "/([a-z]+)/" # warning: match has no group with a name
}

output "stdout" "out" {}
