# shipper's main configuration. Files in conf.d/*.hcl beside it are read together
# with it: with many applications give each its own. All keys:
#   shipper check --reference

agent {
  # What was shipped is remembered here. It must outlive the process: without it
  # everything is shipped again.
  state_dir = "/var/lib/shipper"

  # Memory that the agent keeps within, however much is waiting.
  # memory = "64MiB"
}

# Which files. Rotated ones beside them (app.log.1, app.log-20260102, .gz) are found
# by themselves. Everything in them is shipped; start_at = "end" begins with what is
# written from now on.
input "logfile" "myapp" {
  paths  = ["/var/log/myapp/*.log"]
  output = output.kafka.events

  # The topic must exist, or be declared by a block `topic` and made by
  # `shipper topics apply`.
  topic = "myapp"
}

# Where to. Lines wait in their files while the brokers are away.
output "kafka" "events" {
  brokers = ["kafka1:9092", "kafka2:9092", "kafka3:9092"]

  # tls {}
  #
  # sasl {
  #   mechanism = "SCRAM-SHA-512"
  #   username  = "shipper"
  #   password  = file("/etc/shipper/password")
  # }
}
