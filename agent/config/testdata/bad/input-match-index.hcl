input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  output = output.stdout.out
  match  = "/(?P<app>[a-z]+)/"
  stream = match[0] # error: there is no variable "match[0]"
}

output "stdout" "out" {}
