# Beside another agent, such as Fluentd or Flume, which goes on shipping the same
# files: into a topic of its own, to be compared by `shipper verify`. When it is to
# take over, change the topic: it goes on from where it is.

input "logfile" "shadow" {
  paths    = ["/var/log/orders/*.log"]
  output   = output.kafka.events
  topic    = "orders-shadow"
  start_at = "end"
}
