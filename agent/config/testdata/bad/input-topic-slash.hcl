input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  output = output.stdout.out
  topic = path # error: bad topic, for example "/var/log/app.log" | letters, digits
}

output "stdout" "out" {}
