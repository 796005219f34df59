input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  topic  = "web"
  output = output.kafka.events
}

output "kafka" "events" {
  brokers = ["k1:9092"]
  sasl {
      mechanism = "PLAIN" # warning: clear text
      username  = "u"
      password  = "hunter2"
    }
}
