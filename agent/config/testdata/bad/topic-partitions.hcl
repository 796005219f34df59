input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  topic  = "web"
  output = output.kafka.events
}

output "kafka" "events" {
  brokers = ["k1:9092"]
}

topic "a" { # error: topic "a" says nothing of its partitions
  min_insync_replicas = 4 # error: min_insync_replicas is greater
}

topic "b" {
  partitions            = 1 # error: exclude each other
  partitions_per_broker = 1
  settings = { "retention.ms" = "1" } # error: retention.ms has a key of its own
}

topic "b" { # error: second block topic "b"
  partitions = 1
}

topic "c/d" { # error: bad topic
  partitions = 1
}

topic { # error: needs one label
  partitions = 1
}
