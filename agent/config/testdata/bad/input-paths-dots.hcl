input "logfile" "web" {
  paths  = ["/var/../log"] # error: bad paths | . or ..
  output = output.stdout.out
}

output "stdout" "out" {}
