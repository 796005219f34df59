input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  output = output.stdout.out
  follow_symlinks = "yes" # error: follow_symlinks must be true or false, without quotes
}

output "stdout" "out" {}
