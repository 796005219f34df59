input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  output = output.stdout.out
  failover {} # error: unknown block "failover"
}

output "stdout" "out" {}
