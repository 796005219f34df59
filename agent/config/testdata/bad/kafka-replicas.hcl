input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  topic  = "web"
  output = output.kafka.events
}

output "kafka" "events" {
  brokers = ["k1:9092"]
  min_insync_replicas = 4 # error: min_insync_replicas is greater than replication_factor
}
