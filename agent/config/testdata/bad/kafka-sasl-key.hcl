input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  topic  = "web"
  output = output.kafka.events
}

output "kafka" "events" {
  brokers = ["k1:9092"]
  sasl = { password = "hunter2" } # error: "sasl" is a block | sasl { ... }
}
