input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  output = output.s3.a
}

output "s3" "a" {
  bucket   = "b"
  endpoint = "localhost:9000" # error: bad endpoint | https://
}
