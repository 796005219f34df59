input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  output = output.stdout.out
  rotated = ["/old/*"] # error: bad rotated | beside the live one
}

output "stdout" "out" {}
