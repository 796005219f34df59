input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  topic  = "web"
  output = [output.kafka.events, output.s3.archive]
}

output "kafka" "events" {
  brokers = ["k1:9092"]
  failover {
    output = output.s3.backup # error: output.s3.backup and output.s3.archive are the same place | another prefix
  }
}

output "s3" "backup" {
  bucket = "b"
}

output "s3" "archive" {
  bucket = "b"
}
