input "logfile" "web" {
  paths  = ["/a/*"]
  output = [output.stdout.out, output.stdout.out] # error: output.stdout.out is named twice
}

output "stdout" "out" {}
