input "logfile" "web" {
  paths  = ["/a/*"]
  output = output.out # error: output must name an output | output.KIND.LABEL
}

output "stdout" "out" {}
