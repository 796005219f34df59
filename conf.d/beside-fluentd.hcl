# Beside Fluentd (or Fluent Bit), which goes on shipping the same files: into a topic
# of its own, until `shipper verify` has shown for long enough that all is there.
# shipper only reads, and keeps its offsets elsewhere than Fluentd's pos_file, so
# neither knows of the other. When shipper is to take over, name the topic that
# Fluentd writes to: it goes on from where it is, and nothing is sent again.

input "logfile" "beside-fluentd" {
  # What in_tail has as `path`. Rotated files are found by themselves.
  paths         = ["/var/log/orders/*.log"]
  exclude_paths = ["/var/log/orders/debug*.log"] # exclude_path
  output        = output.kafka.events
  topic         = "orders-shadow"

  # Fluentd has shipped what is there already.
  start_at = "end"

  # Records are the lines themselves. With this they are JSON objects with the line
  # in "message", which is what consumers of Fluentd may expect.
  # format = "json"
}
