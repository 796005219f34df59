input "logfile" "web" {
  paths  = ["/a/*"]
  output = [] # error: output is an empty list
}

output "stdout" "out" {}
