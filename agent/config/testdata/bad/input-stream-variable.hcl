input "logfile" "web" {
  paths  = ["/var/log/web/*.log"]
  output = output.stdout.out
  stream = "${hostname}" # error: there is no variable "hostname"
}

output "stdout" "out" {}
