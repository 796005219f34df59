input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  output = output.stdout.out
  stream = match.app # error: match has no group "app" | no key "match"
}

output "stdout" "out" {}
