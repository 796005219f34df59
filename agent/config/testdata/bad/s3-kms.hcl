input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  output = output.s3.a
}

output "s3" "a" {
  bucket         = "b"
  sse_kms_key_id = "k" # error: sse_kms_key_id needs sse
}
