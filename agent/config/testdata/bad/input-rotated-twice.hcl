input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  output = output.stdout.out
  rotated = ["^(?P<stem>a)(?P<stem>b)$"] # error: bad rotated | two groups named stem
}

output "stdout" "out" {}
