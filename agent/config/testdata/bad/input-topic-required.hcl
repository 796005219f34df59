input "logfile" "web" { # error: missing key "topic"
  paths  = ["/var/log/web/*.log"]
  output = output.kafka.events
}

output "kafka" "events" {
  brokers = ["k1:9092"]
}
