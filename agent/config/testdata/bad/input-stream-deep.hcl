input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  output = output.stdout.out
  stream = path.name # error: there is no variable "path.name"
}

output "stdout" "out" {}
