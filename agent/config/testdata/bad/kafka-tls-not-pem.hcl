input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  topic  = "web"
  output = output.kafka.events
}

output "kafka" "events" {
  brokers = ["k1:9092"]
  tls {
      ca = "kafka-tls-not-pem.hcl" # error: ca holds no PEM block
    }
}
