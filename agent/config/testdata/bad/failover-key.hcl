input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  topic  = "web"
  output = output.kafka.events
}

output "kafka" "events" {
  brokers = ["k1:9092"]
  failover {
    output = output.s3.backup
  }
}

output "s3" "backup" {
  bucket = "b"
  key    = "{topic}" # error: the keys of a failover's output are fixed | Leave key out
}
