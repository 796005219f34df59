input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  output = output.s3.a
}

output "s3" "a" {
  bucket      = "b"
  object_size = "9MiB" # error: object_size is too large for the memory | "8MiB"
}
