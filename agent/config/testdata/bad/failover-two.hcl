input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  topic  = "web"
  output = [output.kafka.events, output.kafka.more]
}

output "kafka" "events" {
  brokers = ["k1:9092"]
  failover {
    output = output.s3.backup
  }
}

output "kafka" "more" {
  brokers = ["k1:9092"]
  failover {
    output = output.s3.backup # error: output.s3.backup is the failover of output.kafka.events already | another prefix
  }
}

output "s3" "backup" {
  bucket = "b"
}
