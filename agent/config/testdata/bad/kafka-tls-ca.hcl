input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  topic  = "web"
  output = output.kafka.events
}

output "kafka" "events" {
  brokers = ["k1:9092"]
  tls {
      ca = "no/such.pem" # error: can't read the file "testdata/bad/no/such.pem"
    }
}
