input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  topic  = "web"
  output = output.kafka.events
}

output "kafka" "events" {
  brokers = ["k1:9092"]
  sasl { # error: OAUTHBEARER needs either
    mechanism     = "OAUTHBEARER" # warning: the token travels in clear text
    username      = "u"           # error: username is not for OAUTHBEARER
    token_file    = "/run/token"
    token_command = ["get-token"]
  }
}
