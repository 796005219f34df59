input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  topic  = "web"
  output = output.kafka.events
}

output "kafka" "events" {
  brokers = ["k1:9092"]
  broker = ["k1:9092"] # error: unknown key "broker" | Did you mean "brokers"?
}
