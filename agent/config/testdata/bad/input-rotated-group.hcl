input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  output = output.stdout.out
  rotated = ["^(?P<name>.*)$"] # error: bad rotated | groups are stem
}

output "stdout" "out" {}
