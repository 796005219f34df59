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
}
