input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  output = output.s3.a
}

output "s3" "a" {
  bucket = "b"
  prefix = "a/../b" # error: bad prefix | ..
}
