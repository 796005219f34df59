input "logfile" "web" {
  paths       = ["/var/log/web/*.log"]
  output      = output.kafka.events
  topic       = "web"
  audit_topic = "a/b" # error: bad audit_topic
}

output "kafka" "events" {
  brokers = ["k1:9092"]
}
