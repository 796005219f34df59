input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  output = output.s3.a
}

output "s3" "a" { # error: missing key "bucket" in output "s3" "a"
}
