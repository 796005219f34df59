input "logfile" "web" {
  paths  = ["/a/*"]
  output = output.stdout.outt # error: there is no output.stdout.outt | Did you mean "stdout.out"?
}

output "stdout" "out" {}
