# Beside Flume, which goes on shipping the same files: into a topic of its own, until
# `shipper verify` has shown for long enough that all is there. shipper only reads,
# so Flume's positions and finished files stay as they are.

# A source of type TAILDIR.
input "logfile" "beside-flume-taildir" {
  # filegroups.f1 = /var/log/billing/.*log, as a glob.
  paths  = ["/var/log/billing/*log"]
  output = output.kafka.events
  topic  = "billing-shadow"

  # Flume has shipped what is there already.
  start_at = "end"

  # What an interceptor of type host adds.
  headers = { host = host }
}

# A source of type spooldir: whole files are put into a directory, and renamed when
# Flume is done with them. It must not delete them (deletePolicy = never) for as
# long as shipper is to ship them, too.
input "logfile" "beside-flume-spooldir" {
  paths   = ["/var/spool/billing/*.csv"]
  rotated = [".COMPLETED"] # fileSuffix
  output  = output.kafka.events
  topic   = "invoices-shadow"
}
