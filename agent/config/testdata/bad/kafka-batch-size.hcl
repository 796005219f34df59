input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  topic  = "web"
  output = output.kafka.events
}

output "kafka" "events" {
  brokers = ["k1:9092"]
  batch_size = "12MiB" # error: batch_size is too large for the memory | "8MiB"
}
