input "logfile" "web" {
  paths       = ["/var/log/web/*.log"]
  output      = output.stdout.out
  audit_topic = "audit" # error: audit_topic needs an output of kind kafka
}

output "stdout" "out" {}
