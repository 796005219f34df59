input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  topic  = "web"
  output = output.kafka.events
}

output "kafka" "events" {
  brokers = ["k1:9092"]
  failover {
    output = output.file.copy # error: output.file.copy can't be a failover | kind s3
  }
}

output "file" "copy" {
  path = "/tmp/copy"
}
