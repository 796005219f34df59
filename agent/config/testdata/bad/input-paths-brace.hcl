input "logfile" "web" {
  paths  = ["/a/{b,c"] # error: bad paths | is no glob
  output = output.stdout.out
}

output "stdout" "out" {}
