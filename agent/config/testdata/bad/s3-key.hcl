input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  output = output.s3.a
}

output "s3" "a" {
  bucket = "b"
  key    = "{what}" # error: bad key | {topic}, {host}
}
