input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  topic  = "web"
  output = output.kafka.events
}

output "kafka" "events" {
  brokers = ["k1:9092"]
  tls {}
  sasl { # error: missing key "password"
    mechanism  = "SCRAM-SHA-512"
    username   = "u"
    token_file = "/run/token" # error: token_file is not for SCRAM-SHA-512
  }
}
