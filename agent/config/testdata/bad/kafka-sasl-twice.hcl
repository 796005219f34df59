input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  topic  = "web"
  output = output.kafka.events
}

output "kafka" "events" {
  brokers = ["k1:9092"]
  sasl {
      mechanism = "SCRAM-SHA-256"
      username  = "u"
      password  = "hunter2"
    }
    sasl { # error: second block "sasl" | error: missing key "mechanism"
    }
}
