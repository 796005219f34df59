input "logfile" "web" {
  paths  = ["/a/*"]
  output = input.logfile.web # error: output must name an output
}

output "stdout" "out" {}
