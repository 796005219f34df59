input "logfile" "web" { # error: multiline has both start and continue | Keep the one
  paths  = ["/var/log/web/*.log"]
  output = output.stdout.out
  multiline {
    start    = "^[0-9]"
    continue = "^ "
  }
}

output "stdout" "out" {}
