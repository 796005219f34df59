input "logfile" "web" {
  paths  = ["/var/log/web.log"]
  output = output.kafka.events
  topic  = "web"
}

output "kafka" "events" {
  brokers = ["k1:9092"]
}
