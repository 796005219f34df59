input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  output = output.stdout.out
  match  = "/(?P<app>[a-z]+)/"
  stream = match # error: there is no variable "match" | match.NAME
}

output "stdout" "out" {}
