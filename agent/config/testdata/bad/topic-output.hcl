input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  topic  = "web"
  output = output.kafka.events
}

output "kafka" "events" {
  brokers = ["k1:9092"]
}

output "kafka" "other" {
  brokers = ["k2:9092"]
}

output "stdout" "out" {}

topic "a" { # error: missing key "output"
  partitions = 1
}

topic "b" {
  output     = output.stdout.out # error: has no topics
  partitions = 1
}

topic "c" {
  output     = output.kafka.none # error: there is no output.kafka.none
  partitions = 1
}
