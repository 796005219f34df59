input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  topic  = "web"
  output = [output.kafka.events, output.s3.backup]
}

output "kafka" "events" {
  brokers = ["k1:9092"]
  failover {
    output = output.s3.backup # error: output.s3.backup is an input's output already | another prefix
  }
}

output "s3" "backup" {
  bucket = "b"
}
