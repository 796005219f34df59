input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  output = output.stdout.out
  rotated = ".*" # error: rotated must be a list of globs
}

output "stdout" "out" {}
