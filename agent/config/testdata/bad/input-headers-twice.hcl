input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  output = output.stdout.out
  headers = { a = host, a = path } # error: "a" is twice in headers
}

output "stdout" "out" {}
