input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  output = output.stdout.out
  topic = "web" # warning: topic has no effect
}

output "stdout" "out" {}
