# Lines that must not wait for Kafka on this machine: while a partition takes
# nothing for two minutes they are put into a bucket, and come back by themselves.

input "logfile" "orders" {
  paths  = ["/var/log/orders/*.log"]
  output = output.kafka.orders
  topic  = "orders"
}

output "kafka" "orders" {
  brokers = ["localhost:9092"]

  failover {
    output            = output.s3.backup
    after             = "2m"
    when_runway_below = "6h"
    return_rate       = "20MB"
  }
}

# Credentials come from the environment, ~/.aws or the machine's role. The agent
# puts, gets, lists and deletes below its own prefix; `shipper check` tries it.
output "s3" "backup" {
  bucket = "logs"
  prefix = "failover"
  region = "eu-central-1"
}
