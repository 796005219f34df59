# The main configuration of shipper. What is in /etc/shipper/conf.d/*.hcl is read
# together with it: one file for each application keeps them apart. Samples are
# in /usr/share/doc/shipper/conf.d.
#
#   shipper check               what is wrong, and what to do
#   shipper check --reference   every key, its default and meaning
#   systemctl enable --now shipper

agent {
  state_dir = "/var/lib/shipper"
}

# input "logfile" "myapp" {
#   paths  = ["/var/log/myapp/*.log"]
#   output = output.kafka.events
#   topic  = "myapp"
# }
#
# output "kafka" "events" {
#   brokers = ["kafka1:9092", "kafka2:9092", "kafka3:9092"]
# }
