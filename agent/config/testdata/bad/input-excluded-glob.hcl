input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  output = output.stdout.out
  exclude_paths = ["*.gz"] # error: bad exclude_paths: "*.gz" | absolute
}

output "stdout" "out" {}
