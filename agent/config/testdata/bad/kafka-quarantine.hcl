input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  topic  = "web"
  output = output.kafka.events
}

output "kafka" "events" {
  brokers = ["k1:9092"]
  quarantine {
    topic    = "a/b" # error: bad topic
    max_size = "1KiB" # error: max_size is out of range
    keep     = 1 # error: unknown key "keep"
  }
}
