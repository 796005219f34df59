input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  output = output.stdout.out
  stream = "all-${host}" # warning: stream is the same for every file
}

output "stdout" "out" {}
