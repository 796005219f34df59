input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  output = output.stdout.out
  rotated = ["*"] # error: bad rotated | matches every name
}

output "stdout" "out" {}
