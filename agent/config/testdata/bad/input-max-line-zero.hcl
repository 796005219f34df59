input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  output = output.stdout.out
  max_line = 0 # error: max_line is out of range | from "1KiB"
}

output "stdout" "out" {}
