input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  topic  = "web"
  output = output.kafka.events
}

output "kafka" "events" {
  brokers = ["k1:9092"]
  sasl {
      mechanism = "GSSAPI" # error: bad mechanism
      username  = "u"
      password  = "hunter2"
    }
}
