input "logfile" "web" {
  paths  = ["/var/log/"] # error: bad paths: "/var/log/" | names a directory
  output = output.stdout.out
}

output "stdout" "out" {}
