input "logfile" "web" {
  paths  = ["/a/*"]
  output = [output.stdout.out, output.file.b] # error: there is no output.file.b
}

output "stdout" "out" {}
