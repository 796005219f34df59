input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  topic  = "web"
  output = output.kafka.events
}

output "kafka" "events" {
  brokers = ["k1:9092"]
  compression = "gzip" # error: bad compression: "gzip" | none, lz4, snappy and zstd
}
