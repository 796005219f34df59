input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  output = output.stdout.out
  start_at = "tail" # error: bad start_at: "tail" | beginning and end
}

output "stdout" "out" {}
