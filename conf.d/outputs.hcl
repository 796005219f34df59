# Where the other samples send their lines. Put your brokers here.

output "kafka" "events" {
  brokers     = ["localhost:9092"]
  compression = "zstd"

  # What the topics must be like, so that an acknowledged line survives the
  # loss of a broker. `shipper check` compares them with the cluster.
  replication_factor  = 3
  min_insync_replicas = 2

  # With encryption and a login:
  #
  # tls {
  #   ca = "/etc/shipper/ca.pem"
  # }
  #
  # sasl {
  #   mechanism = "SCRAM-SHA-512"
  #   username  = "shipper"
  #   password  = env("KAFKA_PASSWORD")
  # }

  # At most so much is sent a second, so that catching up leaves room for others.
  #
  # max_rate = "20MB"

  # Records that no broker will ever take go to a topic; what that refuses, too,
  # to a file. Without this block all go to a file in the state directory. See
  # `shipper quarantine`.
  #
  # quarantine {
  #   topic = "quarantine"
  # }
}

# What a topic should be: `shipper topics plan` says what would be created, grown
# or set, and `shipper topics apply` does it. Nothing is ever made smaller.
#
# topic "events" {
#   partitions_per_broker = 4
#   replication_factor    = 3
#   min_insync_replicas   = 2
#   retention             = "168h"
# }
