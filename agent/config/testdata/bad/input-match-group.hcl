input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  output = output.stdout.out
  match  = "/(?P<app>[a-z]+)/"
  stream = "${match.ap}" # error: match has no group "ap" | Did you mean "app"?
}

output "stdout" "out" {}
