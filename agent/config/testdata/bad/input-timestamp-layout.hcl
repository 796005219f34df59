input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  output = output.stdout.out
  timestamp         = "parsed"
  timestamp_pattern = "^([0-9]+)"
  timestamp_layout  = "%Y-%m-%d" # error: bad timestamp_layout | Go layout
}

output "stdout" "out" {}
