input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  output = output.stdout.out
  include = "(" # error: bad include: "(" | missing closing )
}

output "stdout" "out" {}
