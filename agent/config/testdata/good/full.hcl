# Every key that there is.
agent {
  id               = "web-7"
  state_dir        = "/tmp/shipper"
  memory           = "1GB"
  listen           = "off"
  shutdown_timeout = "1m30s"
  on_lost_state    = "end"
  log_level        = "debug"
  log_format       = "json"
  lanes            = 2 * 2

  quarantine {
    file = "/tmp/quarantine.jsonl"
  }
}

input "logfile" "rails" {
  paths           = ["/var/log/rails/*/events.*.log", "/srv/**/log/{a,b}.log"]
  exclude_paths   = ["/var/log/rails/test/**"]
  rotated         = [".old"]
  match           = "/(?P<app>[^/]+)/events\\.(?P<pid>[0-9]+)\\.log$"
  stream          = "${match.app}-${match["pid"]}"
  output          = [output.kafka.events, output.file.copy, output.stdout.out, output.s3.archive]
  topic           = "events.${match.app}"
  topics          = ["events.shop", "events.pay"]
  topic_prefix    = "events."
  key             = match.pid
  headers         = { app = match.app, "x-host" = "${host}", path = path, (env("SHIPPER_TEST")) = "${input}!" }
  include         = "a"
  exclude         = ["b", "c"]

  timestamp         = "parsed"
  timestamp_pattern = "^\\[([^]]+)\\]"
  timestamp_layout  = "02/Jan/2006:15:04:05 -0700"

  max_line        = 1048576
  start_at        = "end"
  scan_interval   = "500ms"
  keep_open       = "0s"
  order_wait      = "2m"
  quiet_after     = "5s"
  forget_after    = "24h"
  follow_symlinks = true

  completed_only = true
  complete_when  = "quiet"
  audit_topic    = "audit"
  on_complete    = "move"
  move_to        = "/var/log/done"

  retain_deleted {
    max_bytes = "2GiB"
    max_age   = "12h"
  }
}

output "kafka" "events" {
  brokers             = ["k1:9092", "[::1]:9093"]
  client_id           = "${env("SHIPPER_TEST")}-1"
  compression         = "lz4"
  format              = "json"
  record_id           = false
  batch_size          = "1.5MiB"
  linger              = "0s"
  attempt_timeout     = "5s"
  min_insync_replicas = 1
  replication_factor  = 1
  require_durable     = true

  failover {
    output            = output.s3.backup
    after             = "1m"
    when_runway_below = "6h"
    return_after      = "10s"
    return_rate       = "20MB"
    on_returned       = "delete"
  }

  max_rate             = "1MiB"
  partitions_per_agent = 8
  metadata_max_age     = "1m"

  quarantine {
    topic    = "dead"
    max_size = "1MiB"
  }

  tls {
    server_name = "kafka"
  }

  sasl {
    mechanism = "SCRAM-SHA-512"
    username  = "shipper"
    password  = env("SHIPPER_TEST")
  }
}

output "file" "copy" {
  path   = "/tmp/copy"
  format = "json"
}

output "stdout" "out" {
  format = "json"
}

topic "events.shop" {
  output                = output.kafka.events
  partitions_per_broker = 4
  replication_factor    = 3
  min_insync_replicas   = 2
  retention             = "168h"
  max_message_bytes     = "2MiB"
  settings              = { "cleanup.policy" = "delete" }
}

topic "dead" {
  partitions = 1
}

output "s3" "backup" {
  bucket = "logs-failover"
  region = "eu-central-1"
}

output "s3" "archive" {
  bucket          = "logs"
  prefix          = "archive/web"
  endpoint        = "https://s3.example.com"
  path_style      = true
  key             = "{topic}/{date}"
  compression     = "gzip"
  object_size     = "16MiB"
  max_age         = "1m"
  max_puts        = 50
  attempt_timeout = "30s"
  checksum        = "when_required"
  sse             = "aws:kms"
  sse_kms_key_id  = "alias/logs"
  storage_class   = "STANDARD_IA"
}
