input "logfile" "web" {
  paths  = ["/a/*"]
  output = output.kafka.nope # error: there is no output.kafka.nope | no output block at all
}
