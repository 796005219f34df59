input "logfile" "web" {
  paths       = ["/var/log/**/*.log"]
  output      = output.stdout.out
  on_complete = "move"
  move_to     = "/var/log/done/" # error: move_to is a directory of the input's own paths | found there again
}

output "stdout" "out" {}
