input "logfile" "a" {
  paths  = ["/var/log/a/*.log"]
  match  = "/(?P<app>[a-z]+).log"
  topic  = match.app # warning: files can choose any topic
  output = output.kafka.events
}

input "logfile" "b" {
  paths  = ["/var/log/b/*.log"]
  topics = ["x", "y"]
  topic  = "z" # error: the topic is not one that the input allows
  output = output.kafka.events
}

input "logfile" "c" {
  paths        = ["/var/log/c/*.log"]
  topic_prefix = "c."
  topic        = "d" # error: the topic is not one that the input allows
  output       = output.kafka.events
}

output "kafka" "events" {
  brokers = ["k1:9092"]
}
