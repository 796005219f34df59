# Archive: every line into a bucket, for years, and to Kafka as well. Each output has
# offsets of its own, so that neither waits for the other. An archive alone is
# output = output.s3.archive; `topic` then only gives its name to the keys.

input "logfile" "audit" {
  paths  = ["/var/log/audit/*.log"]
  output = [output.kafka.events, output.s3.archive]
  topic  = "audit"
}

# Credentials come from the environment, ~/.aws or the machine's role. The agent
# puts, gets, lists and deletes below its own prefix; `shipper check` tries it.
#
# An object holds whole lines of one file, in order, so that it can be read with
#   aws s3 cp s3://logs/archive/audit/web-1/2026-01-31/… - | zstdcat
output "s3" "archive" {
  bucket = "logs"
  prefix = "archive"
  region = "eu-central-1"
  key    = "{topic}/{host}/{date}"

  # An object is stored when it is full, or its oldest line has waited for so long.
  # Fewer and larger ones cost less: a line may wait longer until it is archived.
  object_size = "4MiB"
  max_age     = "10m"

  # For what is seldom read; objects in it may cost a fee for being deleted early.
  # storage_class = "STANDARD_IA"

  # Encrypted by the store, with a key of yours.
  # sse            = "aws:kms"
  # sse_kms_key_id = "alias/logs"

  # A store that is not Amazon's.
  # endpoint   = "https://s3.example.com"
  # path_style = true
}
