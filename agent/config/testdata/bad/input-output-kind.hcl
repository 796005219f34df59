input "logfile" "web" {
  paths  = ["/a/*"]
  output = output.kafka.out # error: there is no output.kafka.out | The only output is stdout.out
}

output "stdout" "out" {}
