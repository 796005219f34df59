input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  topic  = "web"
  output = output.kafka.events
}

output "kafka" "events" {
  brokers = ["k1:9092"]
  tls {
      cert = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" # error: cert and key can't be used
      key  = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
    }
}
