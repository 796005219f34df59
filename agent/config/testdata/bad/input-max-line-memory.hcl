input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  output = output.stdout.out
  max_line = "16MiB" # error: max_line is too large for the memory | "8MiB" | "128MiB"
}

output "stdout" "out" {}
