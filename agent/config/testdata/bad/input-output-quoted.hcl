input "logfile" "web" {
  paths  = ["/a/*"]
  output = "stdout.out" # error: output must name an output | without quotes
}

output "stdout" "out" {}
