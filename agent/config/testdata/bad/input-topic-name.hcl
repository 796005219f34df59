input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  topic  = "web/${host}" # error: bad topic, for example "web/host"
  output = output.kafka.events
}

output "kafka" "events" {
  brokers = ["k1:9092"]
}
