input "logfile" "web" {
  paths  = ["/a/*"]
  output = output.kafka.out # error: there is no output.kafka.out | The outputs are stdout.out
}

output "stdout" "out" {}
