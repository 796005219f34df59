input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  output = output.stdout.out
  headers = { id = host } # error: bad headers: "id" | writes itself
}

output "stdout" "out" {}
