agent {
  lanes = # error: invalid expression
}

input "logfile" "web" {
  paths  = ["/a"]
  output = output.stdout.out
  start_at = end end # error: the value should end here
}

output "stdout" "out" {
  format = "xml" # error: bad format
}
