input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  output = output.stdout.out
  format = "cri" # error: multiline can't be used with format = "cri" | tags
  multiline {
    start = "^[0-9]"
  }
}

output "stdout" "out" {}
